"""Proposals to reverse an entry of the books."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import unless_erasing
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from common.proposals import PROPOSAL_MOVES, ProposalState, four_eyes
from common.states import TransitionTable
from payouts.ledger.models import JournalEntry

#: What a person may take back. Every other entry follows from a payout, hold, cycle or top-up, which is undone instead.
REVERSIBLE: Final = ("EARNING", "CLAWBACK")

_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.entry_id, NEW.worker_id, NEW.reason_code, NEW.reason_text, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.entry_id, OLD.worker_id, OLD.reason_code, OLD.reason_text, OLD.proposed_by_id,
           OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was proposed stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'reversal_stands';
    END IF;
    RETURN NEW;
"""


class ReversalQuerySet(models.QuerySet["Reversal"]):
    """Reversals, for those who may read finance."""

    def visible_to(self, user: Any) -> ReversalQuerySet:
        """Return all to finance and auditors, none to anyone else: experts see the earning or what they owe."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class Reversal(models.Model):
    """A row is a proposal to take one entry back, as proposed and as decided. The entry moves one worker's money.

        PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)

    Approved, the books have the opposite entry and the earning is owed no more, or the debt. Nobody decides over their
    own proposal or money.
    """

    State = ProposalState
    TRANSITIONS: ClassVar[TransitionTable] = PROPOSAL_MOVES

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="reversals")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=60)
    reason_text = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ReversalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="reversal_known"),
            models.CheckConstraint(condition=~Q(reason_code="") & ~Q(reason_text=""), name="reversal_says_why"),
            four_eyes("reversal_four_eyes"),
            models.CheckConstraint(
                condition=~Q(worker=F("proposed_by")) & (Q(decided_by__isnull=True) | ~Q(worker=F("decided_by"))),
                name="reversal_not_of_ones_own",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state__in=["PROPOSED", "APPROVED"]), name="reversal_once"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="reversal_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing("reason_text", "decision_text", "version") + _PROPOSAL_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"reversal of {self.entry_id}"

    @property
    def amount(self) -> Money:
        """What the entry's one line moves; its lines are read with it."""
        (line,) = self.entry.lines.all()
        return Money(line.amount_minor, line.currency)
