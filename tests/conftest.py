"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.browser.browsing import Browser, Visitor

# How long an example takes says something of the machine, not of the code.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")


@pytest.fixture(scope="session")
def django_db_setup(migrated_database: str) -> None:
    """Use the copies of one migrated database in place of a migration per worker."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one Chromium for the run of this worker."""
    browsing = pytest.importorskip("tests.browser.browsing")  # loads the driver only where it is used
    executable = browsing.find_chromium()
    if executable is None:
        pytest.skip("needs a Chromium")
    with browsing.open_browser(executable) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, live_server: Any, fresh_database: str) -> Iterator[Callable[..., Visitor]]:
    """Open windows on the live pages: ``visit(ada)`` is logged in as Ada, ``visit()`` is anonymous."""
    make_visitor = pytest.importorskip("tests.browser.browsing").Visitor
    windows: list[Visitor] = []

    def start(user: Any = None, size: dict[str, int] | None = None) -> Visitor:
        window = make_visitor(browser, live_server.url, size)
        windows.append(window)
        if user is not None:
            window.log_in(user)
        return window

    yield start
    for window in windows:
        window.close()
