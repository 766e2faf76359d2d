"""Exchanges of one currency into another that treasury made at a bank."""

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

_SETTLEMENT_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.sold_currency, NEW.sold_minor, NEW.bought_currency, NEW.bought_minor, NEW.closed_minor,
           NEW.reference_text, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.sold_currency, OLD.sold_minor, OLD.bought_currency, OLD.bought_minor,
           OLD.closed_minor, OLD.reference_text, OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'a proposed exchange stands, and so does what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'settlement_stands';
    END IF;
    RETURN NEW;
"""


class SettlementQuerySet(models.QuerySet["PositionSettlement"]):
    """Exchanges, for those who may read finance."""

    def visible_to(self, user: Any) -> SettlementQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class PositionSettlement(models.Model):
    """A row is one exchange at a bank, as one person entered it and another decided: so much sold, so much bought for it.

        PROPOSED -> APPROVED (booked), REJECTED (by another person), WITHDRAWN (by who proposed it)

    ``closed_minor``, in the currency bought, is what of the position in it the exchange closes; what was bought beyond is a
    gain, what it lacks a loss. All in minor units.
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
    sold_currency = models.CharField(max_length=3)
    sold_minor = models.BigIntegerField()
    bought_currency = models.CharField(max_length=3)
    bought_minor = models.BigIntegerField()
    closed_minor = models.BigIntegerField()
    reference_text = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sold_minor__gte=1, bought_minor__gte=1, closed_minor__gte=1)
                & Q(sold_minor__lte=LARGEST_AMOUNT_MINOR, bought_minor__lte=LARGEST_AMOUNT_MINOR)
                & Q(closed_minor__lte=LARGEST_AMOUNT_MINOR)
                & ~Q(sold_currency=F("bought_currency")),
                name="settlement_exchanges_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"]) & ~Q(reference_text=""),
                name="settlement_known",
            ),
            models.CheckConstraint(
                # NOT IN fails closed: what is neither open nor withdrawn needs a decision by a second person.
                condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
                | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="settlement_four_eyes",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "proposed_at", "id"], name="settlement_by_state")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="settlement_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_SETTLEMENT_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sold} for {self.bought}"

    @property
    def sold(self) -> Money:
        """What left the bank account."""
        return Money(self.sold_minor, self.sold_currency)

    @property
    def bought(self) -> Money:
        """What came for it."""
        return Money(self.bought_minor, self.bought_currency)

    @property
    def closed(self) -> Money:
        """What of the position it closes."""
        return Money(self.closed_minor, self.bought_currency)

    @property
    def gain(self) -> Money:
        """What was bought beyond what it closes; negative for a loss."""
        return self.bought - self.closed

    @property
    def source(self) -> str:
        """Its origin in the books."""
        return f"settlement:{self.id}"
