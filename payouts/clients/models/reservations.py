"""Clients' money that is kept for work that went out."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.clients.models.accounts import ClientAccount

_LEASE_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL
       OR (NEW.id, NEW.account_id, NEW.purpose_key, NEW.reserved_at)
          IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.purpose_key, OLD.reserved_at) THEN
        RAISE EXCEPTION 'a reservation is renewed or released, never moved or removed: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'client_reservation_stands';
    END IF;
    RETURN NEW;
"""


class ClientReservation(models.Model):
    """A row is a lease of one client's money for one purpose (``batch:<id>``), until ``expires_at`` or its release.

    A heartbeat renews it with what is still to be done, so that it shrinks as work is approved and charged. Each holds
    the money of many pieces of work: no claim and no approval touches it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="reservations")
    purpose_key = models.CharField(max_length=150)
    amount_minor = models.BigIntegerField()
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose_key"], condition=Q(released_at__isnull=True), name="client_reservation_one_live"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR)
                & Q(expires_at__gt=F("reserved_at"))
                & ~Q(purpose_key=""),
                name="client_reservation_form",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account"], condition=Q(released_at__isnull=True), name="client_reservation_live"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="lease_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_LEASE_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"reservation for {self.purpose_key}"

    @property
    def amount(self) -> Money:
        """What is reserved."""
        return Money(self.amount_minor, self.account.currency)
