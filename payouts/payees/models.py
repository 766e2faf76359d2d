"""Payees."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.permissions import has_grant

_REACHABLE = frozenset({"COLLECTING", "VERIFYING", "ACTIVE", "RESTRICTED", "DISABLED"})


class PayeeQuerySet(models.QuerySet["Payee"]):
    """Payees, scoped to who asks."""

    def visible_to(self, user: Any) -> PayeeQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class Payee(models.Model):
    """A row is how one worker is paid: their legal name, where their bank is, and how far the provider's checks are.

        UNSET → COLLECTING → VERIFYING → ACTIVE ⇄ RESTRICTED
                     any of them → DISABLED (the provider will not pay this account)

    Bank details themselves stay with the provider; kept are the last four characters and a fingerprint that changes
    when the bank account does. Nothing is paid before ``hold_until``, set when an account that was in use changes.
    """

    class State(models.TextChoices):
        UNSET = "UNSET"
        COLLECTING = "COLLECTING"
        VERIFYING = "VERIFYING"
        ACTIVE = "ACTIVE"
        RESTRICTED = "RESTRICTED"
        DISABLED = "DISABLED"

    # The provider decides; whatever it says is what is true.
    TRANSITIONS: ClassVar = {state: _REACHABLE - {state} for state in ("UNSET", *_REACHABLE)}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=20)
    account_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.UNSET)
    requirements = models.JSONField(default=list, blank=True)
    bank_fingerprint = models.CharField(max_length=100, blank=True)
    bank_last4 = models.CharField(max_length=4, blank=True)
    destination_changed_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = PayeeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id"], condition=~Q(account_id=""), name="payee_account_once"),
            models.CheckConstraint(
                condition=Q(state__in=["UNSET", "COLLECTING", "VERIFYING", "ACTIVE", "RESTRICTED", "DISABLED"]),
                name="payee_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["UNSET", "COLLECTING", "DISABLED"]) | ~Q(account_id=""),
                name="payee_checked_has_account",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACTIVE") | Q(ready_at__isnull=False) & ~Q(bank_fingerprint=""),
                name="payee_active_has_bank",
            ),
            models.CheckConstraint(
                condition=Q(hold_until__isnull=True) | Q(hold_until__gt=F("destination_changed_at")),
                name="payee_hold_follows_change",
            ),
            models.CheckConstraint(condition=~Q(legal_name=""), name="payee_has_name"),
        ]

    def __str__(self) -> str:
        return f"payee {self.id}"
