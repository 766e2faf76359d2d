"""Whether a webhook is Stripe's own: checked on the raw body, before anything else reads it.

Source: https://docs.stripe.com/webhooks#verify-manually and, for thin events, https://docs.stripe.com/event-destinations.
Stripe's own library accepts timestamps from the future; this refuses them like old ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_BYTES = 1 << 20
TOLERANCE_S = 300
_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{0,200}")


class ForgedWebhook(Exception):
    """The webhook is not to be believed. The text says why, for the log; the sender learns nothing."""


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """An event that one of our secrets has signed, a snapshot or a thin one; ``account`` is empty for the platform's own."""

    event_id: str
    type: str
    account: str
    is_live: bool
    object_id: str
    body: str


def verify_event(body: bytes, header: str, *, secrets: Sequence[str], now: datetime) -> VerifiedEvent:
    """Return the event in ``body`` if any of ``secrets`` signed it within 300 s of ``now``, either side.

    Raises:
        ForgedWebhook: too large, unsigned, signed by nobody we know, too old, from the future, or no event at all.
    """
    if len(body) > MOST_BYTES:
        raise ForgedWebhook("larger than 1 MiB")
    if not secrets:
        raise ForgedWebhook("no secret is set")
    timestamp, signatures = _parse(header)
    signed = f"{timestamp}.".encode() + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(one, other) for one in expected for other in signatures):
        raise ForgedWebhook("no signature fits")
    if abs(now.timestamp() - timestamp) > TOLERANCE_S:
        raise ForgedWebhook("signed too long ago or in the future")
    return read_event(body)


def _parse(header: str) -> tuple[int, list[str]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and value.isascii()]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12) or not signatures:
        raise ForgedWebhook("no usable Stripe-Signature header")
    return int(times[0]), signatures


def read_event(body: bytes) -> VerifiedEvent:
    """Return the event in ``body``, which is known to be the provider's.

    Raises:
        ForgedWebhook: no event at all.
    """
    try:
        text = body.decode("utf-8")
        payload = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ForgedWebhook("not JSON in UTF-8") from error
    if not isinstance(payload, dict) or "\x00" in text:
        raise ForgedWebhook("not an event")
    account, subject = _read_thin(payload) if payload.get("object") == "v2.core.event" else _read_snapshot(payload)
    event_id, kind, object_id = _word(payload.get("id")), _word(payload.get("type")), _word(subject.get("id") or "")
    if not event_id or not kind:
        raise ForgedWebhook("not an event")
    return VerifiedEvent(event_id, kind, account, payload.get("livemode") is True, object_id, text)


def _read_snapshot(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    data = payload.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if payload.get("object") != "event" or not isinstance(subject, dict):
        raise ForgedWebhook("not an event")
    return _word(payload.get("account") or ""), subject


def _read_thin(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return whose a thin event is, and what it names: it carries no object.

    Its ``context`` is a path whose last part is the account; news of an account is that account's, whoever is told.
    """
    subject = payload.get("related_object") or {}
    if not isinstance(subject, dict):
        raise ForgedWebhook("not an event")
    if subject.get("type") in ("account", "v2.core.account"):
        return _word(subject.get("id")), subject
    context = payload.get("context") or ""
    if not isinstance(context, str):
        raise ForgedWebhook("not an event")
    return _word(context.rpartition("/")[2]), subject


def _word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ForgedWebhook("not an event")
    return value
