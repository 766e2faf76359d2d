"""A client's account in one currency and the terms that were agreed for it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import has_grant, tenants_with
from payouts.clients.models.proposals import Proposal, proposal_constraints, proposal_triggers
from payouts.clients.rules import LARGEST_MARGIN_BPS

#: Reads a client's own balance, usage and invoices.
READ_OWN = "billing.read"


def visible_clients(user: Any) -> set[UUID] | None:
    """Return the clients whose money ``user`` may see; None where that is everybody's (finance, auditors)."""
    if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
        return None
    return set(tenants_with(user, READ_OWN))


class ClientAccountQuerySet(models.QuerySet["ClientAccount"]):
    """Clients' accounts, scoped to who asks."""

    def visible_to(self, user: Any) -> ClientAccountQuerySet:
        """Return all to finance and auditors, and to others those of the clients whose billing they read."""
        clients = visible_clients(user)
        return self if clients is None else self.filter(client_id__in=clients)


class ClientAccount(models.Model):
    """A row is the account of one client (an opaque id, the tenant of earnings) in one currency, opened once.

    Its money stands in the books: ``client:<id>:prepaid`` is what the client paid and was not charged yet, and
    ``client:<id>:receivable`` what they owe. ``billing_name`` and ``billing_address`` are printed on invoices. Commands that
    commit the client's money lock this row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    billing_name = models.CharField(max_length=200)
    billing_address = models.CharField(max_length=500)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    objects = ClientAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client_id", "currency"], name="client_account_once"),
            models.CheckConstraint(
                condition=~Q(billing_name="") & ~Q(billing_address=""), name="client_account_can_be_addressed"
            ),
        ]
        # Not marked append-only: who commits the client's money locks the row, which needs the right to update it.
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.billing_name}, {self.currency}"


class ClientTerms(Proposal):
    """A row is a proposal how far one client's account may be overdrawn; of the approved ones the latest counts.

    ``credit_limit_minor`` is in minor units of the account's currency; without terms, or at zero, the client pays in
    advance. An invoice is due ``payment_days`` days after it was issued. Work that no bill line prices is charged at what
    the expert is paid with ``margin_bps`` basis points on top; without a margin it is not charged.
    """

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="terms")
    credit_limit_minor = models.BigIntegerField()
    payment_days = models.PositiveSmallIntegerField()
    margin_bps = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            *proposal_constraints(),
            models.CheckConstraint(
                condition=Q(credit_limit_minor__gte=0, credit_limit_minor__lte=LARGEST_AMOUNT_MINOR),
                name="client_terms_limit_not_negative",
            ),
            models.CheckConstraint(condition=Q(payment_days__lte=365), name="client_terms_due_within_a_year"),
            models.CheckConstraint(
                condition=Q(margin_bps__isnull=True) | Q(margin_bps__lte=LARGEST_MARGIN_BPS),
                name="client_terms_margin_in_reason",
            ),
        ]
        triggers: ClassVar = proposal_triggers()

    def __str__(self) -> str:
        return f"terms {self.id}"

    @property
    def credit_limit(self) -> Money:
        """How far the account may be overdrawn."""
        return Money(self.credit_limit_minor, self.account.currency)

    @property
    def title(self) -> str:
        """What is proposed, in words."""
        words = f"Credit of {self.credit_limit.format()}, invoices due after {self.payment_days} days"
        return words if self.margin_bps is None else f"{words}, cost plus {self.margin_bps / 100:g} %"
