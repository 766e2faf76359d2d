"""Journeys run in the same real browser as the tests of pages."""

from tests.browser.conftest import browser, pytest_collection_modifyitems, visit

__all__ = ["browser", "pytest_collection_modifyitems", "visit"]
