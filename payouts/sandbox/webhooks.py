"""Signed webhooks with retries, as Stripe sends them.

Source: https://docs.stripe.com/webhooks#verify-manually (t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">)
"""

import hashlib
import hmac
import json
import logging
import threading
import urllib.error
import urllib.request
from typing import Any

from payouts.sandbox.core import Sandbox
from payouts.sandbox.world import iso

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10
_MAX_ATTEMPTS = 16
_MAX_PAUSE_SECONDS = 300
_TICK_SECONDS = 0.05


def signature_header(secret: str, body: bytes, timestamp: int) -> str:
    """Return the Stripe-Signature header of a body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def thin_form(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as a destination for thin events gets it: it names the object and carries nothing of it.

    Source: https://docs.stripe.com/event-destinations#thin-events
    """
    if event["object"] == "v2.core.event":
        return event
    subject, account = event["data"]["object"], event.get("account")
    kind = str(subject["object"])
    path = f"/v1/accounts/{subject['id']}" if kind == "account" else f"/v1/{kind}s/{subject.get('id')}"
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "context": account,
        "created": iso(event["created"]),
        "livemode": event["livemode"],
        "reason": None,
        "related_object": {"id": subject["id"], "type": kind, "url": path} if "id" in subject else None,
        "type": f"v1.{event['type']}",
    }


class WebhookSender:
    """A thread that lets time pass in the stand-in and delivers what it owes."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Prepare; nothing is sent before `start`."""
        self._sandbox = sandbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhook-sender", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery under way."""
        self._stop.set()
        self._thread.join(timeout=_TIMEOUT_SECONDS + 1)

    def _run(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            try:
                self._sandbox.advance()
                self.deliver_due()
            except Exception:
                # The thread is the border: a failed round must not end the sending of all later ones.
                logger.exception("payouts.sandbox.round_failed")

    def deliver_due(self) -> int:
        """Send what is owed by now, once each; return how many were accepted."""
        accepted = 0
        for event_id, attempts, event in self._sandbox.next_deliveries():
            if self._stop.is_set():
                break
            told = thin_form(event) if self._sandbox.settings.thin_webhooks else event
            status = self._post(json.dumps(told, indent=2).encode())
            if status is not None and 200 <= status < 300:
                accepted += 1
                self._sandbox.record_delivery(event_id, status, None)
                continue
            pause = min(2**attempts, _MAX_PAUSE_SECONDS)
            due = self._sandbox.world.now() + pause if attempts + 1 < _MAX_ATTEMPTS else None
            self._sandbox.record_delivery(event_id, status, due)
        return accepted

    def _post(self, body: bytes) -> int | None:
        settings = self._sandbox.settings
        if settings.webhook_url is None:
            return None
        header = signature_header(settings.webhook_secret, body, self._sandbox.world.now())
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            settings.webhook_url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": header,
                "User-Agent": "Stripe/1.0 (local stand-in)",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return None
