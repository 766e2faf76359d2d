"""Adjustments."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import has_grant
from common.states import TransitionTable

_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.kind, NEW.worker_id, NEW.currency, NEW.amount_minor, NEW.reason_code, NEW.reason_text,
           NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.kind, OLD.worker_id, OLD.currency, OLD.amount_minor, OLD.reason_code,
           OLD.reason_text, OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was proposed stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustment_stands';
    END IF;
    RETURN NEW;
"""


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Adjustments, for those who may read finance."""

    def visible_to(self, user: Any) -> AdjustmentQuerySet:
        """Return all to finance and auditors, none to anyone else: experts see the earning, or what they owe."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class Adjustment(models.Model):
    """A row is a change to what one expert is owed that no work explains, as proposed and as decided.

        PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)

    Approved, a BONUS or CORRECTION is an earning with the source ``adjustment:<id>``, and a CLAWBACK is owed by the expert
    on their receivable account. ``amount_minor`` is positive in each case. Nobody decides over their own proposal or money.
    """

    class Kind(models.TextChoices):
        BONUS = "BONUS"
        CORRECTION = "CORRECTION"
        CLAWBACK = "CLAWBACK"

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
    kind = models.CharField(max_length=10, choices=Kind)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason_code = models.CharField(max_length=60)
    reason_text = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR),
                name="adjustment_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["BONUS", "CORRECTION", "CLAWBACK"])
                & Q(state__in=["PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"]),
                name="adjustment_known",
            ),
            models.CheckConstraint(condition=~Q(reason_code="") & ~Q(reason_text=""), name="adjustment_says_why"),
            models.CheckConstraint(
                # NOT IN fails closed: what is neither open nor withdrawn needs a decision by a second person.
                condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
                | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="adjustment_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(worker=F("proposed_by")) & (Q(decided_by__isnull=True) | ~Q(worker=F("decided_by"))),
                name="adjustment_not_to_oneself",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "proposed_at", "id"], name="adjustment_by_state")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="proposal_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_PROPOSAL_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def amount(self) -> Money:
        """What it adds to what is owed, or (a clawback) what the expert owes."""
        return Money(self.amount_minor, self.currency)

    @property
    def source(self) -> str:
        """The origin of its earning or its entry in the books."""
        return f"adjustment:{self.id}"
