"""What clients are charged for approved work."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.clients.models.accounts import ClientAccount, visible_clients
from payouts.earnings.models import Earning
from payouts.ledger.models import JournalEntry

_REVERSES_IN_FULL = """
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payouts_usageline o
         WHERE o.id = NEW.reverses_id AND o.reverses_id IS NULL
           AND (o.account_id, o.earning_id, o.source_key, o.currency, o.amount_minor, o.quantity)
               = (NEW.account_id, NEW.earning_id, NEW.source_key, NEW.currency, -NEW.amount_minor, -NEW.quantity)) THEN
        RAISE EXCEPTION 'usage % does not take back the whole of the line it names', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_reverses_in_full';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM payouts_clientaccount a JOIN payouts_earning e ON e.id = NEW.earning_id
                    WHERE a.id = NEW.account_id AND a.currency = NEW.currency
                      AND a.client_id::text = e.tenant AND e.source_key = NEW.source_key) THEN
        RAISE EXCEPTION 'usage % is not of its account and its earning', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_of_its_client';
    END IF;
    RETURN NULL;
"""


class UsageLineQuerySet(models.QuerySet["UsageLine"]):
    """Usage, scoped to who asks."""

    def visible_to(self, user: Any) -> UsageLineQuerySet:
        """Return all to finance and auditors, and to others that of the clients whose billing they read."""
        clients = visible_clients(user)
        return self if clients is None else self.filter(account__client_id__in=clients)


class UsageLine(models.Model):
    """A row is what one client is charged for one approved piece of work, or the row that takes such a charge back.

    By RATE it is ``quantity`` times ``rate_minor`` (the bill line ``rate_line_key``), by MARGIN the expert's pay with
    ``margin_bps`` basis points on top (``rate_line_key`` names the terms); rounded half to even. A row that ``reverses``
    another repeats it with quantity and amount negated. What rounds to nothing has no entry.
    """

    append_only: ClassVar[bool] = True

    class Method(models.TextChoices):
        RATE = "RATE", "By rate"
        MARGIN = "MARGIN", "Cost plus margin"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="usage", db_index=False)
    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="usage")
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    source_key = models.CharField(max_length=150)
    description = models.CharField(max_length=300)
    project = models.CharField(max_length=60)
    unit = models.CharField(max_length=15, choices=Earning.Unit)
    quantity = models.DecimalField(max_digits=24, decimal_places=12)
    method = models.CharField(max_length=6, choices=Method)
    rate_line_key = models.CharField(max_length=150)
    rate_minor = models.BigIntegerField(null=True)
    margin_bps = models.PositiveIntegerField(null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    approved_at = models.DateTimeField()
    entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = UsageLineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["earning"], condition=Q(reverses__isnull=True), name="usage_once_per_earning"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=-LARGEST_AMOUNT_MINOR, amount_minor__lte=LARGEST_AMOUNT_MINOR)
                & (
                    Q(reverses__isnull=True, quantity__gt=0, amount_minor__gte=0)
                    | Q(reverses__isnull=False, quantity__lt=0, amount_minor__lte=0)
                ),
                name="usage_charges_or_takes_back",
            ),
            models.CheckConstraint(
                condition=Q(method="RATE", rate_minor__isnull=False, rate_minor__gte=1, margin_bps__isnull=True)
                | Q(method="MARGIN", rate_minor__isnull=True, margin_bps__isnull=False),
                name="usage_method_has_its_figure",
            ),
            models.CheckConstraint(
                # Half a minor unit is what rounding, in whichever direction, may change.
                condition=Q(method="MARGIN")
                | Q(amount_minor__gte=F("quantity") * F("rate_minor") - 0.5)
                & Q(amount_minor__lte=F("quantity") * F("rate_minor") + 0.5),
                name="usage_amount_is_quantity_by_rate",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=0, entry__isnull=True) | ~Q(amount_minor=0) & Q(entry__isnull=False),
                name="usage_has_entry",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "approved_at", "id"], name="usage_by_account")]
        triggers: ClassVar = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="true_to_its_work",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=_REVERSES_IN_FULL,
            ),
        ]

    def __str__(self) -> str:
        return f"usage of {self.source_key}"

    @property
    def amount(self) -> Money:
        """What is charged, negative where it is taken back."""
        return Money(self.amount_minor, self.currency)

    @property
    def rate(self) -> Money | None:
        """What one unit costs, None where a margin is charged."""
        return None if self.rate_minor is None else Money(self.rate_minor, self.currency)
