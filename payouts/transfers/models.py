"""Payouts, the attempts to send them, the provider's news, top-ups, and stops."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from payouts.rails.rules import RAIL_NAMES

LIVE_STATES = ("RESERVED", "HELD", "SUBMITTING", "UNKNOWN", "TRANSFERRED", "IN_TRANSIT")
ENDED_STATES = ("PAID", "FAILED", "RETURNED", "REVERSED", "CANCELLED")

_BODY_STANDS = """
    IF (NEW.payout_id, NEW.kind, NEW.number, NEW.idempotency_key, NEW.body, NEW.body_sha256)
       IS DISTINCT FROM (OLD.payout_id, OLD.kind, OLD.number, OLD.idempotency_key, OLD.body, OLD.body_sha256) THEN
        RAISE EXCEPTION 'what an attempt sends never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attempt_body_stands';
    END IF;
    RETURN NEW;
"""

_ORDER_STANDS = """
    IF (NEW.worker_id, NEW.currency, NEW.amount_minor, NEW.cycle_id)
       IS DISTINCT FROM (OLD.worker_id, OLD.currency, OLD.amount_minor, OLD.cycle_id) THEN
        RAISE EXCEPTION 'whom and what a payout pays never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payout_order_stands';
    END IF;
    RETURN NEW;
"""


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Payouts, scoped to who asks."""

    def visible_to(self, user: Any) -> PayoutQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class Payout(models.Model):
    """A row is one payment to one worker, from the reservation in the books to the bank.

        RESERVED → SUBMITTING → TRANSFERRED → IN_TRANSIT → PAID → RETURNED
        RESERVED ⇄ HELD → CANCELLED    SUBMITTING → UNKNOWN → TRANSFERRED, SUBMITTING (new attempt)
        SUBMITTING, UNKNOWN → FAILED    TRANSFERRED, IN_TRANSIT → RETURNED, REVERSED

    In FAILED, RETURNED, REVERSED and CANCELLED the money is payable again. ``needs_person`` freezes a row: nothing is
    sent for it until somebody has looked. ``claimed_until`` is how long whoever works on the row may take;
    ``next_try_at`` is when the sweep looks at it again. ``bank_failure_code``: the bank sent the money back and it is
    being fetched from the provider's account. The destination is what it was when the money was reserved. ``arrives_minor``
    of ``arrives_currency`` is what the recipient gets, where the provider said so when it took the transfer.
    """

    class State(models.TextChoices):
        RESERVED = "RESERVED"
        HELD = "HELD"
        SUBMITTING = "SUBMITTING"
        UNKNOWN = "UNKNOWN"
        TRANSFERRED = "TRANSFERRED"
        IN_TRANSIT = "IN_TRANSIT", "In transit"
        PAID = "PAID"
        FAILED = "FAILED"
        RETURNED = "RETURNED"
        REVERSED = "REVERSED"
        CANCELLED = "CANCELLED"

    TRANSITIONS: ClassVar = {
        "RESERVED": {"SUBMITTING", "HELD", "CANCELLED"},
        "HELD": {"RESERVED", "CANCELLED"},
        "SUBMITTING": {"UNKNOWN", "TRANSFERRED", "FAILED", "RESERVED"},
        "UNKNOWN": {"RESERVED", "TRANSFERRED", "FAILED"},
        "TRANSFERRED": {"IN_TRANSIT", "PAID", "RETURNED", "REVERSED"},
        "IN_TRANSIT": {"PAID", "RETURNED", "REVERSED"},
        "PAID": {"RETURNED"},
        "FAILED": set(),
        "RETURNED": set(),
        "REVERSED": set(),
        "CANCELLED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cycle_id = models.UUIDField(null=True, db_index=True)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    rail = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=State, default=State.RESERVED)
    destination = models.CharField(max_length=100)
    destination_fingerprint = models.CharField(max_length=100)
    bank_last4 = models.CharField(max_length=4, blank=True)
    provider_ref = models.CharField(max_length=100, blank=True)
    bank_ref = models.CharField(max_length=100, blank=True)
    bank_failure_code = models.CharField(max_length=60, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_text = models.TextField(blank=True)
    reversed_minor = models.BigIntegerField(default=0)
    arrives_minor = models.BigIntegerField(null=True)
    arrives_currency = models.CharField(max_length=3, blank=True)
    needs_person = models.BooleanField(default=False)
    claimed_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    transferred_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(condition=Q(state__in=[*LIVE_STATES, *ENDED_STATES]), name="payout_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["RESERVED", "HELD", "SUBMITTING", "UNKNOWN", "FAILED", "CANCELLED"])
                | ~Q(provider_ref="") & Q(transferred_at__isnull=False),
                name="payout_sent_has_transfer",
            ),
            models.CheckConstraint(condition=~Q(state="PAID") | Q(paid_at__isnull=False), name="payout_paid_has_time"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED_STATES, ended_at__isnull=False)
                | Q(state__in=LIVE_STATES, ended_at__isnull=True),
                name="payout_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(reversed_minor__gte=0, reversed_minor__lte=models.F("amount_minor")),
                name="payout_reversed_within",
            ),
            models.CheckConstraint(
                condition=Q(arrives_minor__isnull=True, arrives_currency="")
                | Q(arrives_minor__gte=0) & ~Q(arrives_currency=""),
                name="payout_arrives_whole",
            ),
            models.UniqueConstraint(
                fields=["worker", "currency"], condition=Q(state__in=LIVE_STATES), name="payout_one_live"
            ),
            models.UniqueConstraint(
                fields=["provider_ref"], condition=~Q(provider_ref=""), name="payout_transfer_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="payout_due"),
            models.Index(fields=["destination", "state"], name="payout_by_destination"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="order_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_ORDER_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"payout {self.id}"

    @property
    def money(self) -> Money:
        """What the payout pays."""
        return Money(self.amount_minor, self.currency)

    @property
    def rail_name(self) -> str:
        """What the rail is called over which it goes."""
        return RAIL_NAMES.get(self.rail, self.rail)

    @property
    def arrives(self) -> Money | None:
        """What the recipient gets, where the provider said so."""
        return None if self.arrives_minor is None else Money(self.arrives_minor, self.arrives_currency)

    @property
    def source(self) -> str:
        """The origin of the payout's entries in the books."""
        return f"payout:{self.id}"


class PayoutAttempt(models.Model):
    """A row is one request to the provider for a payout, sent once or often under one key and with one body.

    Kind TRANSFER moves the money, REVERSAL takes it back. While ``outcome`` is PENDING nothing is known; ABSENT means
    that a look at the provider proved that it was never done.
    """

    class Kind(models.TextChoices):
        TRANSFER = "TRANSFER"
        REVERSAL = "REVERSAL"

    class Outcome(models.TextChoices):
        PENDING = "PENDING"
        SUCCEEDED = "SUCCEEDED"
        REFUSED = "REFUSED"
        ABSENT = "ABSENT"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveIntegerField()
    idempotency_key = models.CharField(max_length=100, unique=True)
    body = models.TextField()
    body_sha256 = models.CharField(max_length=64)
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.PENDING)
    must_look_up = models.BooleanField(default=False)
    sends = models.PositiveIntegerField(default=0)
    first_sent_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payout", "kind", "number"], name="attempt_numbered_once"),
            models.UniqueConstraint(
                fields=["payout", "kind"], condition=Q(outcome="PENDING"), name="attempt_one_pending"
            ),
            models.UniqueConstraint(
                fields=["payout", "kind"], condition=Q(outcome="SUCCEEDED"), name="attempt_one_success"
            ),
            models.CheckConstraint(
                condition=Q(outcome="PENDING", ended_at__isnull=True)
                | ~Q(outcome="PENDING") & Q(ended_at__isnull=False),
                name="attempt_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="SUCCEEDED") | ~Q(provider_id=""), name="attempt_success_has_object"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="body_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_BODY_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class ProviderEvent(models.Model):
    """A row is one webhook as it came (``body`` is the raw text), and what became of it.

    The event is a hint: the object itself is read again.

    ORPHANED: an hour passed and nothing of ours had to do with it, though it named a kind of object that we make.
    """

    class State(models.TextChoices):
        NEW = "NEW"
        DONE = "DONE"
        IGNORED = "IGNORED"
        ORPHANED = "ORPHANED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.CharField(max_length=200, unique=True)
    type = models.CharField(max_length=200)
    account = models.CharField(max_length=200, blank=True)
    object_id = models.CharField(max_length=200, blank=True)
    is_live = models.BooleanField()
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    received_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="NEW", processed_at__isnull=True, next_attempt_at__isnull=False)
                | ~Q(state="NEW") & Q(processed_at__isnull=False, next_attempt_at__isnull=True),
                name="provider_event_new_or_done",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="NEW"), name="provider_event_due"),
        ]

    def __str__(self) -> str:
        return self.event_id


class ProviderCursor(models.Model):
    """A row is how far a list of the provider's was read to its end: everything before ``seen_until`` is known."""

    name = models.CharField(max_length=60, primary_key=True)
    seen_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} until {self.seen_until:%Y-%m-%d %H:%M}"


class TopUp(models.Model):
    """A row is one request for money from the platform's bank into its balance at the provider.

    ``source`` says what it is for; there is at most one under way for each source.
    """

    class State(models.TextChoices):
        REQUESTED = "REQUESTED"
        PENDING = "PENDING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    TRANSITIONS: ClassVar = {
        "REQUESTED": {"PENDING", "SUCCEEDED", "FAILED"},
        "PENDING": {"SUCCEEDED", "FAILED"},
        "SUCCEEDED": set(),
        "FAILED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    rail = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    provider_id = models.CharField(max_length=100, blank=True)
    failure_text = models.TextField(blank=True)
    asked_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="top_up_positive"),
            models.UniqueConstraint(
                fields=["source"], condition=Q(state__in=["REQUESTED", "PENDING"]), name="top_up_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"top-up {self.id}"

    @property
    def money(self) -> Money:
        """How much was asked for."""
        return Money(self.amount_minor, self.currency)


class RailStop(models.Model):
    """A row is a time in which nothing is submitted on a rail, because the provider refused the platform itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rail = models.CharField(max_length=20)
    reason = models.TextField()
    began_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rail"], condition=Q(lifted_at__isnull=True), name="rail_stop_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.rail} stopped at {self.began_at:%Y-%m-%d %H:%M}"


class TrustedDatabase(models.Model):
    """A row is a database that is known to have all that was paid from it, see ``payouts.transfers.commands.restores``.

    A restored one is another database, though its rows say otherwise: the cluster, its timeline, the database and this
    table have names in PostgreSQL that a dump or a recovery to an earlier time does not bring along.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system_identifier = models.BigIntegerField()
    timeline = models.BigIntegerField()
    database_oid = models.BigIntegerField()
    table_oid = models.BigIntegerField()
    found = models.PositiveIntegerField(default=0)
    trusted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system_identifier", "timeline", "database_oid", "table_oid"], name="trusted_database_once"
            ),
        ]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"database {self.database_oid} of {self.system_identifier}"
