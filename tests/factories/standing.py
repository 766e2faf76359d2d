"""Cases as they end, without the way there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.identity.models import User
from marketplace.standing.models import Case
from tests.factories.quality import NOW

WORDS = "Eleven of the last fourteen planted errors were missed, after feedback had been given twice."
WEEK = timedelta(days=7)


def pause(worker: User, opener: User, decider: User, **changes: Any) -> Case:
    """Return a case in which a worker was paused a week after the notice, unless ``changes`` say otherwise."""
    given = {
        "state": "DECIDED",
        "opened_at": NOW,
        "notice_at": NOW,
        "answer_due_at": NOW + WEEK,
        "decided_at": NOW + WEEK,
        **changes,
    }
    return Case.objects.create(
        worker=worker,
        domain="law",
        kind="PAUSE",
        report_text=WORDS,
        tried_text=WORDS,
        opened_by=opener,
        outcome="PAUSED",
        decided_by=decider,
        decision_text=WORDS,
        **given,
    )
