"""Fixtures of the payouts tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from common import clock
from tests.payouts.people import NOW, make_person


@pytest.fixture(autouse=True)
def frozen_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def ada(db: None) -> Any:
    """Ada works."""
    return make_person("Ada")


@pytest.fixture
def bola(db: None) -> Any:
    """Bola approves work."""
    return make_person("Bola")
