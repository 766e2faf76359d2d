"""What every change to a client's money goes through: proposed by one person, decided by another."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.states import TransitionTable

#: What a decision writes. A document gets its number and days with it.
_DECIDED = (
    "ARRAY['state', 'decided_by_id', 'decided_at', 'decision_text', 'version', 'number', 'issued_on', 'due_on']::text[]"
)
_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR to_jsonb(NEW) - {decided} IS DISTINCT FROM to_jsonb(OLD) - {decided} THEN
        RAISE EXCEPTION 'what was proposed stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'client_proposal_stands';
    END IF;
    RETURN NEW;
"""


class Proposal(models.Model):
    """A row is a change to one client's account, as proposed and as decided.

    PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        WITHDRAWN = "WITHDRAWN"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "PROPOSED": {"APPROVED", "REJECTED", "WITHDRAWN"},
        "APPROVED": set(),
        "REJECTED": set(),
        "WITHDRAWN": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    @property
    def title(self) -> str:
        """What is proposed, in words."""
        raise NotImplementedError


def proposal_constraints() -> list[models.BaseConstraint]:
    """Return the constraints of a proposal's decision; Django puts the model's name into theirs."""
    return [
        models.CheckConstraint(
            condition=Q(state__in=["PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"]), name="%(class)s_known"
        ),
        models.CheckConstraint(
            # NOT IN fails closed: what is neither open nor withdrawn needs a decision by a second person.
            condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
            | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
            | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
            & Q(decided_by__isnull=False, decided_at__isnull=False)
            & ~Q(decided_by=F("proposed_by")),
            name="%(class)s_four_eyes",
        ),
    ]


def proposal_triggers() -> list[Any]:
    """Return the trigger that lets a proposal be decided once and changed in no other way."""
    return [
        pgtrigger.Trigger(
            name="proposal_stands",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=_PROPOSAL_STANDS.format(decided=_DECIDED),
        ),
    ]
