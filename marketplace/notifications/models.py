"""What people and clients are told, and whether it reached them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.identifiers import uuid7
from marketplace.identity.models import Organization


class Notice(models.Model):
    """A row is one message to one person: shown in the app, and sent by mail unless they chose otherwise."""

    class MailState(models.TextChoices):
        PENDING = "PENDING"
        SENT = "SENT"
        FAILED = "FAILED"
        NOT_WANTED = "NOT_WANTED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    source_key = models.CharField(max_length=150)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField()
    path = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=10, choices=MailState, default=MailState.PENDING)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "source_key"], name="notice_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at", "id"],
                condition=Q(mail_state="PENDING"),
                name="notice_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class WebhookEndpoint(models.Model):
    """A row is a client's address for news. ``secrets`` holds one secret, or two while it is being changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.URLField(max_length=500)
    events = ArrayField(models.CharField(max_length=100))
    secrets = ArrayField(models.CharField(max_length=100))
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "url"],
                condition=Q(is_enabled=True),
                name="webhook_endpoint_url_once",
            ),
            models.CheckConstraint(
                condition=Q(secrets__len__range=(1, 2)),
                name="webhook_endpoint_has_a_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """A row is one message to one endpoint, retried with growing pauses for three days.

    States: PENDING → DELIVERED | EXHAUSTED.
    """

    class State(models.TextChoices):
        PENDING = "PENDING"
        DELIVERED = "DELIVERED"
        EXHAUSTED = "EXHAUSTED"

    TRANSITIONS: ClassVar = {
        "PENDING": {"DELIVERED", "EXHAUSTED"},
        "EXHAUSTED": {"PENDING"},
        "DELIVERED": {"PENDING"},
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    source_key = models.CharField(max_length=150)
    event_type = models.CharField(max_length=100)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "source_key"], name="webhook_delivery_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="PENDING"),
                name="webhook_delivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.endpoint_id}"
