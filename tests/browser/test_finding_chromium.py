"""Which browser the tests drive."""

from pathlib import Path

import pytest

from tests.browser.browsing import find_chromium


def test_the_named_browser_goes_before_the_installed_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = tmp_path / "my-chromium"
    named.touch()
    monkeypatch.setenv("CHROMIUM", str(named))

    assert find_chromium() == str(named)


def test_a_named_browser_that_is_missing_is_not_silently_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    assert find_chromium() is None


def test_without_an_installed_browser_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_chromium() is None
