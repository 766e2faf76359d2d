"""A life that was lived to its end, and people who may have it forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common import clock
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from payouts.rails import registry
from tests.marketplace.erasure.life import THEN, Life, live
from tests.marketplace.people import NOW
from tests.payouts.support.story import Story


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story(now=NOW)
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def life(acme: Organization, olga: User, project: Project, story: Story) -> Iterator[Life]:
    """Ada lived; it is sixty days later."""
    lived = live(acme, olga, project, story)
    with clock.at(THEN):
        yield lived
