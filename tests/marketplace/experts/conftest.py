"""Ada, who has just written her profile, and those who look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common import clock
from marketplace.experts.commands import create_profile
from marketplace.experts.models import Expert
from tests.marketplace.people import NOW, PROFILE, make_user


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """Hold the clock."""
    with clock.at(NOW):
        yield


@pytest.fixture
def ada(catalogue: None) -> Expert:
    """Return Ada's profile: a draft without languages and skills."""
    return create_profile(profile=PROFILE, by=make_user("Ada Quispe"), now=NOW)
