"""Reads of notices and webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.notifications.errors import DeliveryNotFound, EndpointNotFound
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint

MANAGE = "webhooks.manage"


def list_notices(user: User) -> QuerySet[Notice]:
    """Return one's own notices, newest first."""
    return Notice.objects.filter(user=user).order_by("-id")


def count_unread(user: Any) -> int:
    """Return how many of one's own notices are unread."""
    return Notice.objects.filter(user_id=user.pk, read_at__isnull=True).count()


def get_endpoint(user: User, endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint of an organization whose webhooks ``user`` manages.

    Raises:
        EndpointNotFound: absent or out of scope.
    """
    rows = WebhookEndpoint.objects.select_related("organization")
    row = rows.filter(id=endpoint_id, organization__in=organizations_with(user, MANAGE)).first()
    if row is None:
        raise EndpointNotFound
    return row


def list_deliveries(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Return the messages to an endpoint, newest first."""
    return WebhookDelivery.objects.filter(endpoint=endpoint).order_by("-id")


def get_delivery(user: User, delivery_id: UUID) -> WebhookDelivery:
    """Return a message to an endpoint in scope.

    Raises:
        DeliveryNotFound: absent or out of scope.
    """
    mine = organizations_with(user, MANAGE)
    row = WebhookDelivery.objects.filter(id=delivery_id, endpoint__organization__in=mine).first()
    if row is None:
        raise DeliveryNotFound
    return row
