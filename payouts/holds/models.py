"""Holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import unless_erasing
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from common.states import TransitionTable

#: No person's hold is longer; what must last is placed again, by somebody who looked again.
LONGEST_HOLD: Final = timedelta(days=60)
#: The reason of what a cycle keeps back until a date.
HOLDBACK: Final = "HOLDBACK"

_HOLD_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'ACTIVE'
       OR (NEW.id, NEW.worker_id, NEW.currency, NEW.amount_minor, NEW.held_minor, NEW.reason_code, NEW.reason_text,
           NEW.placed_by_id, NEW.placed_at, NEW.ends_at, NEW.source_key)
          IS DISTINCT FROM (OLD.id, OLD.worker_id, OLD.currency, OLD.amount_minor, OLD.held_minor, OLD.reason_code,
           OLD.reason_text, OLD.placed_by_id, OLD.placed_at, OLD.ends_at, OLD.source_key)
       OR (OLD.appeal_text <> '' AND (NEW.appeal_text, NEW.appealed_at) IS DISTINCT FROM
           (OLD.appeal_text, OLD.appealed_at)) THEN
        RAISE EXCEPTION 'what a hold says stands, and so does its end: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_stands';
    END IF;
    RETURN NEW;
"""


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds, scoped to who asks."""

    def visible_to(self, user: Any) -> HoldQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)

    def active(self) -> HoldQuerySet:
        """Return those whose money is not back yet."""
        return self.filter(state=Hold.State.ACTIVE)


class Hold(models.Model):
    """A row is money of one expert that is not paid for a reason, until it ends or a second person releases it.

        ACTIVE -> RELEASED (by another person than who placed it), EXPIRED (at its end), UNDONE (a holdback whose payout
                  came back)

    ``held_minor`` minor units lie on the expert's held account while it is active. Without ``amount_minor`` it is on
    everything: what was payable then lies there, and nothing else of the currency is paid before the end. ``placed_by`` is
    nobody for what a cycle holds back. The expert reads reason and end, and may appeal once.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        RELEASED = "RELEASED"
        EXPIRED = "EXPIRED"
        UNDONE = "UNDONE"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "ACTIVE": {"RELEASED", "EXPIRED", "UNDONE"},
        "RELEASED": set(),
        "EXPIRED": set(),
        "UNDONE": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(null=True)
    held_minor = models.BigIntegerField()
    reason_code = models.CharField(max_length=60)
    reason_text = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source_key = models.CharField(max_length=150, null=True, unique=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    release_text = models.CharField(max_length=2000, blank=True)
    appeal_text = models.CharField(max_length=2000, blank=True)
    appealed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True, held_minor__gte=0)
                | Q(amount_minor__gt=0, held_minor=F("amount_minor")),
                name="hold_holds_its_amount",
            ),
            models.CheckConstraint(condition=~Q(reason_code="") & ~Q(reason_text=""), name="hold_says_why"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("placed_at"))
                & (Q(ends_at__lte=F("placed_at") + LONGEST_HOLD) | Q(reason_code=HOLDBACK)),
                name="hold_ends",
            ),
            models.CheckConstraint(
                condition=Q(placed_by__isnull=False) | Q(reason_code=HOLDBACK, source_key__isnull=False),
                name="hold_placed_by_somebody",
            ),
            models.CheckConstraint(
                # What is none of these states fails: an end that nobody thought of needs a second person.
                condition=Q(state="ACTIVE", released_by__isnull=True, released_at__isnull=True)
                | Q(state="EXPIRED", released_by__isnull=True, released_at__gte=F("ends_at"))
                | Q(state="UNDONE", released_by__isnull=True, released_at__isnull=False, reason_code=HOLDBACK)
                | Q(state="RELEASED", released_by__isnull=False, released_at__isnull=False)
                & (Q(placed_by__isnull=True) | ~Q(released_by=F("placed_by")))
                & ~Q(release_text=""),
                name="hold_released_by_another",
            ),
            models.CheckConstraint(
                condition=(Q(placed_by__isnull=True) | ~Q(worker=F("placed_by")))
                & (Q(released_by__isnull=True) | ~Q(worker=F("released_by"))),
                name="hold_not_over_oneself",
            ),
            models.CheckConstraint(
                condition=Q(appeal_text="", appealed_at__isnull=True)
                | ~Q(appeal_text="") & Q(appealed_at__isnull=False),
                name="hold_appeal_has_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["worker", "currency"], name="hold_by_worker"),
            models.Index(fields=["ends_at"], condition=Q(state="ACTIVE"), name="hold_due"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="hold_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing("reason_text", "release_text", "appeal_text", "version") + _HOLD_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.id}"

    @property
    def held(self) -> Money:
        """What lies on the held account because of it."""
        return Money(self.held_minor, self.currency)

    @property
    def is_on_all(self) -> bool:
        """Whether nothing of the currency is paid while it is active."""
        return self.amount_minor is None

    @property
    def source(self) -> str:
        """The origin of its entries in the books."""
        return f"hold:{self.id}"

    @property
    def words(self) -> str:
        """What it is for and when it ends, as the expert reads it."""
        return f"On hold until {self.ends_at:%Y-%m-%d %H:%M} UTC: {self.reason_text}"
