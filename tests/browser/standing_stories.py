"""What is proposed about a person's standing, and what comes of it."""

from __future__ import annotations

from typing import Any

from common import clock
from quality.facade import ScopeCodes, propose, refit
from quality.models import Proposal
from tests.browser.world import World
from tests.factories.quality import give_gold

REVIEWING = ScopeCodes("linguistics/translation", "de-DE", "rubric")


def a_proposal(world: World) -> dict[str, Any]:
    """Let Ada miss most planted errors of sixty and return the proposal to pause her."""
    now = clock.now()
    for name, found in (("Ada", 15), ("Dana", 56), ("Bola", 56)):
        give_gold(world.people[name].id, found=found, missed=60 - found, scope=REVIEWING, at=now)
    refit(now=now)
    propose(now=now)
    return {"proposal_id": Proposal.objects.get(worker=world.people["Ada"]).id}
