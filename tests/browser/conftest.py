"""The browser tests: without an installed Chromium each of them is reported as skipped by name."""

from __future__ import annotations

import pytest

from tests.browser.browsing import find_chromium

MISSING = "needs a Chromium: install one (Debian: apt-get install chromium) or name it in CHROMIUM"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser as skipped where there is none."""
    if find_chromium() is None:
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=MISSING))
