"""Money that came from a client's bank, and money that went back there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.clients.models.accounts import ClientAccount, visible_clients
from payouts.clients.models.proposals import Proposal, proposal_constraints, proposal_triggers


class ClientMovementQuerySet(models.QuerySet["ClientMovement"]):
    """Movements, scoped to who asks."""

    def visible_to(self, user: Any) -> ClientMovementQuerySet:
        """Return all to finance and auditors; to a client's people what was approved of their own."""
        clients = visible_clients(user)
        if clients is None:
            return self
        return self.filter(account__client_id__in=clients, state=ClientMovement.State.APPROVED)


class ClientMovement(Proposal):
    """A row is one bank transfer of a client: a DEPOSIT that came, or a REFUND of unused money that went back.

    ``bank_reference`` is the bank's own reference, which one live movement of an account's currency has: the same transfer
    cannot be booked twice. ``value_date`` is the bank's. Approved, it is the entry ``client_movement:<id>``.
    """

    class Kind(models.TextChoices):
        DEPOSIT = "DEPOSIT"
        REFUND = "REFUND"

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=7, choices=Kind)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    bank_reference = models.CharField(max_length=140)
    value_date = models.DateField()

    objects = ClientMovementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *proposal_constraints(),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR),
                name="client_movement_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["DEPOSIT", "REFUND"]) & ~Q(bank_reference=""), name="client_movement_form"
            ),
            models.UniqueConstraint(
                fields=["currency", "bank_reference"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="client_movement_bank_reference_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "id"], name="client_movement_by_account")]
        triggers: ClassVar = proposal_triggers()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def amount(self) -> Money:
        """What came or went, always positive."""
        return Money(self.amount_minor, self.currency)

    @property
    def source(self) -> str:
        """The origin of its entry in the books."""
        return f"client_movement:{self.id}"

    @property
    def title(self) -> str:
        """What is proposed, in words."""
        return f"{self.get_kind_display()} of {self.amount.format()}, {self.bank_reference}"
