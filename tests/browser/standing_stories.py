"""What is proposed about a person's standing, and what comes of it."""

from __future__ import annotations

from typing import Any

from common import clock, events
from marketplace.standing import commands as standing
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


def proposals(world: World) -> dict[str, Any]:
    """Leave a proposal to look at. Returns nothing."""
    a_proposal(world)
    return {}


TRIED = "Feedback on 30 October and on 3 November, each with three examples of missed errors."


def a_case(world: World) -> dict[str, Any]:
    """Let Goran take the proposal up, and Ada be told."""
    given = a_proposal(world)
    case = standing.open_case(**given, tried=TRIED, by=world.people["Goran"], now=clock.now())
    events.deliver_due(now=clock.now())
    return {"case_id": case.id}
