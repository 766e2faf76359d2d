"""Fixtures of the browser tests. Without an installed Chromium each of them is reported as skipped by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.browsing import Browser, Visitor, find_chromium, open_browser

MISSING = "needs a Chromium: install one (Debian: apt-get install chromium) or name it in CHROMIUM"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser as skipped where there is none."""
    if find_chromium() is None:
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one Chromium for the run of this worker."""
    executable = find_chromium()
    if executable is None:
        pytest.skip(MISSING)
    with open_browser(executable) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, live_server: Any, fresh_database: str) -> Iterator[Callable[..., Visitor]]:
    """Open windows on the live pages: ``visit(ada)`` is logged in as Ada, ``visit()`` is anonymous."""
    windows: list[Visitor] = []

    def start(user: Any = None, size: dict[str, int] | None = None) -> Visitor:
        window = Visitor(browser, live_server.url, size)
        windows.append(window)
        if user is not None:
            window.log_in(user)
        return window

    yield start
    for window in windows:
        window.close()
