"""Webhooks to clients: a row in the transaction of the news, delivered by a worker, retried for three days.

Source: Standard Webhooks specification (webhook-id, webhook-timestamp, webhook-signature; several signatures while a secret is
being changed).
"""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from orjson import OPT_SORT_KEYS, dumps
from standardwebhooks.webhooks import Webhook

from common import audit
from common.errors import InvalidInput
from common.permissions import require_grant
from common.queue import enqueue_on_commit
from marketplace.identity.models import Membership, User
from marketplace.identity.queries import organizations_with
from marketplace.notifications import outbound
from marketplace.notifications.commands.notices import notify
from marketplace.notifications.errors import DeliveryNotFound, EndpointExists, EndpointNotFound
from marketplace.notifications.models import WebhookDelivery, WebhookEndpoint
from marketplace.notifications.queries import MANAGE
from marketplace.notifications.rules import (
    DISABLE_AFTER_EXHAUSTED,
    EVENT_TYPES,
    TIMEOUT_S,
    next_attempt_after,
)

logger = logging.getLogger(__name__)


@transaction.atomic
def create_endpoint(
    *, organization_id: UUID, url: str, events: Sequence[str], by: User, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """Create an endpoint and return it with its signing secret, which is shown this once.

    Raises:
        EndpointNotFound: the organization is not one of the caller's. NotPermitted, EndpointExists; InvalidInput: unknown event or an
        address that may not be called.
    """
    organization = organizations_with(by, MANAGE).filter(id=organization_id).first()
    if organization is None:
        raise EndpointNotFound("There is no such organization.")
    require_grant(by, MANAGE, tenant=organization.id)
    unknown = sorted(set(events) - set(EVENT_TYPES))
    if unknown or not events:
        raise InvalidInput.of("/events", f"Choose from {', '.join(EVENT_TYPES)}.", "unknown")
    try:
        outbound.check_address(url)
    except outbound.AddressRefused as error:
        raise InvalidInput.of("/url", str(error)) from error
    secret = _new_secret()
    row = WebhookEndpoint(
        organization=organization,
        url=url,
        events=sorted(set(events)),
        secrets=[secret],
        created_by=by,
        created_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise EndpointExists from error
    audit.record(action="webhook_endpoint.created", target=row, by=by.pk, now=now)
    return row, secret


@transaction.atomic
def rotate_secret(*, endpoint_id: UUID, by: User, now: datetime) -> str:
    """Add a new secret and keep the newest old one: messages carry both signatures until the next change.

    Raises:
        EndpointNotFound, NotPermitted.
    """
    row = _lock_endpoint(endpoint_id, by)
    secret = _new_secret()
    row.secrets = [secret, row.secrets[0]]
    row.version += 1
    row.save(update_fields=["secrets", "version"])
    audit.record(action="webhook_endpoint.secret_rotated", target=row, by=by.pk, now=now)
    return secret


@transaction.atomic
def disable_endpoint(*, endpoint_id: UUID, by: User, now: datetime) -> WebhookEndpoint:
    """Disable an endpoint; what is pending stays in the log.

    Raises:
        EndpointNotFound, NotPermitted.
    """
    row = _lock_endpoint(endpoint_id, by)
    if row.is_enabled:
        row.is_enabled, row.disabled_reason = False, "Disabled by the organization"
        row.version += 1
        row.save(update_fields=["is_enabled", "disabled_reason", "version"])
        audit.record(action="webhook_endpoint.disabled", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def send_test_event(*, endpoint_id: UUID, by: User, now: datetime) -> WebhookDelivery:
    """Send a ``test.ping`` to an endpoint.

    Raises:
        EndpointNotFound, NotPermitted.
    """
    row = _lock_endpoint(endpoint_id, by)
    return _add_delivery(row, "test.ping", f"test:{secrets.token_hex(8)}", {"message": "It works."}, now)


@transaction.atomic
def enqueue_webhooks(
    *, organization_id: UUID | str, event_type: str, source_key: str, data: Mapping[str, Any], now: datetime
) -> int:
    """Write one delivery per enabled endpoint of the organization that wants ``event_type`` and return how many."""
    endpoints = WebhookEndpoint.objects.filter(
        organization_id=organization_id, is_enabled=True, events__contains=[event_type]
    )
    return len([_add_delivery(endpoint, event_type, source_key, data, now) for endpoint in endpoints])


@transaction.atomic
def redeliver(*, delivery_id: UUID, by: User, now: datetime) -> WebhookDelivery:
    """Send a message again, whatever became of it, under the same id.

    Raises:
        DeliveryNotFound, NotPermitted.
    """
    rows = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint")
    row = rows.filter(id=delivery_id, endpoint__organization__in=organizations_with(by, MANAGE)).first()
    if row is None:
        raise DeliveryNotFound
    row.state, row.attempts, row.next_attempt_at = WebhookDelivery.State.PENDING, 0, now
    row.save(update_fields=["state", "attempts", "next_attempt_at"])
    audit.record(action="webhook_delivery.again", target=row, by=by.pk, now=now)
    enqueue_on_commit("notifications.deliver_webhook", str(row.id))
    return row


def deliver_due_webhooks(*, now: datetime, limit: int = 50) -> int:
    """Try every message whose time has come, and return how many arrived."""
    due = WebhookDelivery.objects.filter(state=WebhookDelivery.State.PENDING, next_attempt_at__lte=now)
    ids = list(due.order_by("next_attempt_at", "id").values_list("id", flat=True)[:limit])
    return sum(deliver_webhook(delivery_id=delivery_id, now=now) for delivery_id in ids)


def deliver_webhook(*, delivery_id: UUID, now: datetime) -> bool:
    """Try one message and say whether it arrived. The call is outside any transaction; receivers drop repeats by its id."""
    row = _claim_delivery(delivery_id, now)
    if row is None:
        return False
    status, error = _post(row, now)
    with transaction.atomic():
        row = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint").get(id=row.id)
        row.last_status, row.last_error = status, error[:300]
        if status is not None and 200 <= status < 300:
            row.state, row.delivered_at = WebhookDelivery.State.DELIVERED, now
        else:
            _postpone(row, now)
        row.save()
    return row.state == WebhookDelivery.State.DELIVERED


def _claim_delivery(delivery_id: UUID, now: datetime) -> WebhookDelivery | None:
    """Take the message for the time that a call may last, so that no second worker sends it meanwhile."""
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
        row = rows.filter(id=delivery_id, state=WebhookDelivery.State.PENDING, next_attempt_at__lte=now).first()
        if row is None or not row.endpoint.is_enabled:
            return None
        row.attempts += 1
        row.next_attempt_at = now + timedelta(seconds=3 * TIMEOUT_S)
        row.save(update_fields=["attempts", "next_attempt_at"])
        return row


def _post(row: WebhookDelivery, now: datetime) -> tuple[int | None, str]:
    body = dumps(row.body, option=OPT_SORT_KEYS)
    signatures = [Webhook(secret).sign(str(row.id), now, body.decode()) for secret in row.endpoint.secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Muster-Webhooks/1",
        "webhook-id": str(row.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    try:
        return outbound.post(row.endpoint.url, body, headers, timeout_s=TIMEOUT_S), ""
    except (outbound.AddressRefused, OSError) as error:
        logger.info("notifications.webhook_failed", extra={"delivery_id": str(row.id)})
        return None, str(error) or type(error).__name__


def _postpone(row: WebhookDelivery, now: datetime) -> None:
    pause = next_attempt_after(row.attempts)
    if pause is not None:
        row.next_attempt_at = now + pause
        return
    row.state = WebhookDelivery.State.EXHAUSTED
    last = WebhookDelivery.objects.filter(endpoint=row.endpoint).exclude(state="PENDING").exclude(id=row.id)
    states = [each.state for each in last.order_by("-id")[: DISABLE_AFTER_EXHAUSTED - 1]]
    if states.count(WebhookDelivery.State.EXHAUSTED) == DISABLE_AFTER_EXHAUSTED - 1:
        _disable_silent(row.endpoint, now)


def _disable_silent(endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.is_enabled, endpoint.disabled_reason = False, "Too many messages did not arrive"
    endpoint.save(update_fields=["is_enabled", "disabled_reason"])
    audit.record(action="webhook_endpoint.disabled", target=endpoint, by=None, now=now)
    owners = Membership.objects.filter(
        organization_id=endpoint.organization_id, role=Membership.Role.OWNER, ended_at__isnull=True
    )
    for owner_id in owners.values_list("user_id", flat=True):
        notify(
            user_id=owner_id,
            source_key=f"webhook_endpoint:{endpoint.id}:disabled:{now.isoformat()}",
            kind="webhook.disabled",
            title="A webhook endpoint was disabled",
            body=f"{endpoint.url} did not answer for days. Nothing is lost: enable a new one and send the messages again.",
            path=reverse("notices:webhook", args=[endpoint.id]),
            now=now,
        )


def _add_delivery(
    endpoint: WebhookEndpoint, event_type: str, source_key: str, data: Mapping[str, Any], now: datetime
) -> WebhookDelivery:
    body = {"type": event_type, "timestamp": now.isoformat(), "data": dict(data)}
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                endpoint=endpoint,
                source_key=source_key,
                event_type=event_type,
                body=body,
                next_attempt_at=now,
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    row = WebhookDelivery.objects.get(endpoint=endpoint, source_key=source_key)
    enqueue_on_commit("notifications.deliver_webhook", str(row.id))
    return row


def _lock_endpoint(endpoint_id: UUID, by: User) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("organization")
    row = rows.filter(id=endpoint_id, organization__in=organizations_with(by, MANAGE)).first()
    if row is None:
        raise EndpointNotFound
    return row


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
