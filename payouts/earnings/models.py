"""Earnings and their reversals: append-only, each with its entry in the books."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import has_grant
from payouts.ledger.models import JournalEntry


class EarningQuerySet(models.QuerySet["Earning"]):
    """Earnings, scoped to who asks."""

    def visible_to(self, user: Any) -> EarningQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class Earning(models.Model):
    """A row is one sum owed to one expert for one source, with everything a statement must say about it.

    ``quantity`` times ``rate_minor`` (minor units a unit), rounded half to even, is ``amount_minor``. Its state is not
    stored: it is read from the reversal, the cycle and the payout (``payouts.cycles.queries``). An amount that rounds
    to nothing has no entry.
    """

    append_only: ClassVar[bool] = True

    class Unit(models.TextChoices):
        HOUR = "HOUR"
        TASK = "TASK"
        ACCEPTED_TASK = "ACCEPTED_TASK", "Accepted task"
        BONUS = "BONUS"
        ADJUSTMENT = "ADJUSTMENT"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    source_key = models.CharField(max_length=150)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=24, decimal_places=12)
    unit = models.CharField(max_length=15, choices=Unit)
    rate_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    rate_line_key = models.CharField(max_length=150)
    worked_from = models.DateTimeField()
    worked_to = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    tenant = models.CharField(max_length=60)
    project = models.CharField(max_length=60)
    entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = EarningQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Not unique=True, which would add a second index for prefixes that nobody asks for.
            models.UniqueConstraint(fields=["source_key"], name="earning_source_key_once"),
            models.CheckConstraint(
                condition=Q(
                    quantity__gt=0,
                    rate_minor__gt=0,
                    amount_minor__gte=0,
                    amount_minor__lte=LARGEST_AMOUNT_MINOR,
                ),
                name="earning_figures_positive",
            ),
            models.CheckConstraint(
                # Half a minor unit is what rounding, in whichever direction, may change.
                condition=Q(amount_minor__gte=F("quantity") * F("rate_minor") - 0.5)
                & Q(amount_minor__lte=F("quantity") * F("rate_minor") + 0.5),
                name="earning_amount_is_quantity_by_rate",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=0, entry__isnull=True) | Q(amount_minor__gt=0, entry__isnull=False),
                name="earning_has_entry",
            ),
            models.CheckConstraint(
                condition=Q(worked_from__lte=F("worked_to")),
                name="earning_work_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(worker=F("approved_by")), name="earning_not_self_approved"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["worker", "currency", "id"], name="earning_by_worker"),
            models.Index(fields=["currency", "created_at", "id"], name="earning_by_time"),
            models.Index(fields=["tenant", "project", "id"], name="earning_by_project"),
        ]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return self.source_key

    @property
    def amount(self) -> Money:
        """What is owed."""
        return Money(self.amount_minor, self.currency)

    @property
    def rate(self) -> Money:
        """What one unit pays."""
        return Money(self.rate_minor, self.currency)


class EarningReversal(models.Model):
    """A row says that an earning is owed no more, why, and who decided it."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("reason_text",)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    earning = models.OneToOneField(Earning, on_delete=models.PROTECT, related_name="reversal")
    entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=60)
    reason_text = models.TextField()
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason_code="") & ~Q(reason_text=""),
                name="earning_reversal_says_why",
            )
        ]
        triggers: ClassVar = append_only_triggers("reason_text")

    def __str__(self) -> str:
        return f"reversal of {self.earning_id}"
