"""What every endpoint works on: the store, the time, and the news it makes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.store import Document, Store

PLATFORM = ""
"""The account column of everything that belongs to the platform itself."""

DEFAULT_API_VERSION = "2026-10-28.endive"


def system_clock() -> datetime:
    """Return the machine's time; runs on a virtual clock pass their own."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Caller:
    """Who is asking, as far as events and objects record it."""

    account: str = PLATFORM
    request_id: str | None = None
    idempotency_key: str | None = None
    api_version: str = DEFAULT_API_VERSION


@dataclass(slots=True)
class World:
    """The stand-in's state with its clock; one request or one step at a time."""

    store: Store
    settings: SandboxSettings
    clock: Callable[[], datetime] = system_clock
    caller: Caller = field(default_factory=Caller)

    def now(self) -> int:
        """Return the time in whole seconds since 1970, as Stripe writes it."""
        return int(self.clock().timestamp())

    def iso_now(self) -> str:
        """Return the time as v2 objects write it."""
        return iso(self.now())

    def emit(self, kind: str, subject: Document, account: str = PLATFORM, previous: Document | None = None) -> None:
        """Record an event and owe it to the webhook endpoint."""
        data: dict[str, Any] = {"object": public(subject)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Document = {
            "id": self.store.new_id("evt"),
            "object": "event",
            "api_version": self.caller.api_version,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1 if self.settings.webhook_url else 0,
            "request": {"id": self.caller.request_id, "idempotency_key": self.caller.idempotency_key},
            "type": kind,
        }
        if account != PLATFORM:
            event["account"] = account
        self.store.put("event", event, account=account, ref=kind)
        if self.settings.webhook_url:
            self.store.queue_delivery(event["id"], self.now())

    def tell(self, kind: str, subject: Document, account: str = PLATFORM) -> None:
        """Record an event of the money-management API: it names its object and carries nothing of it."""
        family = subject["object"].rpartition(".")[2]
        event: Document = {
            "id": self.store.new_id("evt"),
            "object": "v2.core.event",
            "created": self.iso_now(),
            "livemode": False,
            "related_object": {
                "id": subject["id"],
                "type": subject["object"],
                "url": f"/v2/money_management/{family}s/{subject['id']}",
            },
            "type": f"v2.money_management.{kind}",
        } | ({"context": account} if account else {})
        self.store.put("v2_event", event, account=account, ref=kind)
        if self.settings.webhook_url:
            self.store.queue_delivery(event["id"], self.now())


def iso(seconds: int) -> str:
    """Return a moment in RFC 3339 with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def public(document: Document) -> Document:
    """Return an object as callers see it: without the stand-in's private notes."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
