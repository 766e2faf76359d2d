"""Rows of the kernel: news to deliver, keys already used, and who did what."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from common.append_only import append_only_triggers
from common.identifiers import uuid7


class OutboxEvent(models.Model):
    """A row is one piece of news, written in the transaction that made it true. It is never changed."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("payload",)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("payload")

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Delivery(models.Model):
    """A row is one handler's duty to act on one event: pending until ``delivered_at`` is set, which happens once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=150)
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(delivered_at__isnull=True),
                name="delivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} of {self.event_id}"


class IdempotencyKey(models.Model):
    """A row is one request that carried an ``Idempotency-Key``, with the answer that replays get for ``KEY_LIFE``.

    It is written in the transaction of the request itself: the effect and the stored answer exist together or not at all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    principal = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["principal", "key"], name="idempotency_key_once_per_principal"),
        ]

    def __str__(self) -> str:
        return f"{self.principal} {self.key}"


class AuditEvent(models.Model):
    """A row is one act: who did what to which object, when, and why. State changes are acts too.

    ``actor`` is null for the system itself; ``detail`` holds ids, codes and states, never bank or contact data.
    """

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("reason_text", "detail")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=True,
    )
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    ok = models.BooleanField(default=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        triggers = append_only_triggers("reason_text", "detail")
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


_IN_ITS_TRANSACTION = """
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    RETURN NEW;
"""

#: At commit: who blanks words of the books under this row has erased the person whole, and said who did it.
_BESIDE_ITS_TOMBSTONE = """
    IF NOT EXISTS (SELECT 1 FROM public.marketplace_user u
                    WHERE u.id = NEW.person_id AND NOT u.is_active
                      AND u.email = 'erased-' || NEW.person_id || '@erased.invalid') THEN
        RAISE EXCEPTION 'an erasure commits beside the tombstone of the person alone'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'erasure_beside_its_tombstone';
    END IF;
    RETURN NULL;
"""


class Erasure(models.Model):
    """A row says that a person was erased, or (KEPT_ENDED) that what law had us keep of them went too: the journal of erasures.

    It names nobody: ``person_id`` and ``by_id`` are ids, ``kept_until`` is the day from which nothing of them has to be kept.
    ``replayed_at`` is set where a restored database was told of it again. In its transaction alone, which the database notes
    in ``transaction_id``, the erasable columns of append-only rows may be written.
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        ERASED = "ERASED"
        KEPT_ENDED = "KEPT_ENDED", "What was kept has ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    reason_code = models.CharField(max_length=60)
    kept_until = models.DateField(null=True)
    replayed_at = models.DateTimeField(null=True)
    transaction_id = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind"], name="erasure_once"),
            models.CheckConstraint(
                condition=models.Q(kind="ERASED", by_id__isnull=False) | models.Q(kind="KEPT_ENDED", kept_until=None),
                name="erasure_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(by_id__isnull=True) | ~models.Q(by_id=models.F("person")),
                name="erasure_not_of_oneself",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["transaction_id"], name="erasure_by_transaction")]
        triggers: ClassVar = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="in_its_transaction",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_IN_ITS_TRANSACTION,
            ),
            pgtrigger.Trigger(
                name="beside_its_tombstone",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=_BESIDE_ITS_TOMBSTONE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"
