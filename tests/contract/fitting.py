"""Requests of which every part fits the others, and the role that they succeed for: what drawn parts hardly ever make up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.timesheets.models import TimeDecision, TimeEntry
from payouts.cycles.models import PayCycle
from payouts.holds.models import Hold
from payouts.ledger.models import Period
from payouts.payees.models import PayeeHold
from payouts.transfers.models import Payout
from tests.browser.world import World

_MONTH = "/api/v1/finance/periods/{month}/"
_REASON = {"reason_text": "All is compared."}


@dataclass(frozen=True, slots=True)
class Fitting:
    """A request by ``role`` that succeeds in the world as it was made, or ``after`` another one did."""

    operation: str
    role: str
    body: dict[str, Any] | None = None
    path: dict[str, Any] = field(default_factory=dict)
    file_name: str = ""
    after: Fitting | None = None

    def with_before(self) -> Sequence[Fitting]:
        """Return it, and before it what it comes after."""
        return [*(self.after.with_before() if self.after else ()), self]


def write_fitting(world: World, now: datetime) -> list[Fitting]:
    """Return the requests for this world, in an order in which all succeed one after the other."""
    return [*_for_finance(now), *_for_experts(world, now), *_for_clients(world)]


def _for_finance(now: datetime) -> list[Fitting]:
    month = {"month": Period.objects.get(state="PROPOSED").month}
    keep_open = Fitting(f"POST {_MONTH}keep-open/", "finance preparer", {"reason_text": "A fee is missing."}, month)
    cycle = PayCycle.objects.filter(state="SUBMITTED").latest("starts_at")
    hold = PayeeHold.objects.get(proposed_by__isnull=False)
    held, frozen = Payout.objects.get(state="HELD"), Payout.objects.get(needs_person=True)
    today = now.date()
    days = {"starts_on": (today - timedelta(days=9)).isoformat(), "ends_on": today.isoformat()}
    by_approver = "finance approver"
    return [
        keep_open,
        Fitting(f"POST {_MONTH}propose/", "finance preparer", _REASON, month, after=keep_open),
        Fitting(f"POST {_MONTH}close/", by_approver, {}, month),
        Fitting("POST /api/v1/finance/cycles/{cycle_id}/send-back/", by_approver, _REASON, {"cycle_id": cycle.id}),
        Fitting("POST /api/v1/finance/exports/", "finance preparer", {"kind": "JOURNAL", **days}),
        Fitting("POST /api/v1/payee-holds/{payee_hold_id}/lifting/", by_approver, _REASON, {"payee_hold_id": hold.id}),
        Fitting("POST /api/v1/payouts/{payout_id}/resume/", by_approver, None, {"payout_id": held.id}),
        Fitting("POST /api/v1/payouts/{payout_id}/unfreeze/", by_approver, None, {"payout_id": frozen.id}),
    ]


def _for_experts(world: World, now: datetime) -> list[Fitting]:
    hold = Hold.objects.get(worker=world.people["Ada"], appealed_at__isnull=True)
    cut = TimeDecision.objects.filter(decision="CUT").latest("id")
    engagement = {"engagement": str(world.things["engagement"].id)}
    stop, timer = Fitting("POST /api/v1/time/timer/stop/", "expert"), "POST /api/v1/time/timer/"
    reports = [
        {"sequence": number, "kind": kind, "client_at": (now - timedelta(minutes=ago)).isoformat()}
        for number, kind, ago in ((1, "START", 40), (2, "STOP", 30))
    ]
    form = {"form": "W8BEN", "legal_name": "Ada Obi", "tax_country": "DE", "works_in_us": False}
    assert TimeEntry.objects.filter(state="RUNNING").exists()
    return [
        Fitting("POST /api/v1/holds/{hold_id}/appeal/", "expert", {"appeal_text": "It is mine."}, {"hold_id": hold.id}),
        Fitting("POST /api/v1/tax-forms/", "expert", {**form, "signed_on": now.date().isoformat()}),
        Fitting(
            "POST /api/v1/time/decisions/{decision_id}/appeals/",
            "expert",
            {"text": "I answered the client's questions in that hour."},
            {"decision_id": cut.id},
        ),
        Fitting(f"{timer}beat/", "expert"),
        stop,
        Fitting("POST /api/v1/time/events/", "expert", {**engagement, "device": "phone", "events": reports}),
        Fitting(f"{timer}start/", "expert", engagement, after=stop),
    ]


def _for_clients(world: World) -> list[Fitting]:
    place = {"country": "DE", "timezone": "Europe/Berlin"}
    file = b'[{"external_id": "u-1", "source": "No.", "target": "Nein."}]'
    me = {"legal_name": "Bola Example", "country": "DE", "currency": "EUR"}
    payable = Fitting("PUT /api/v1/payees/me/", "project manager", me)
    to_provider = {"return_path": "/earnings/"}
    return [
        payable,
        # Whoever has a bank account with the provider already has to log in again first.
        Fitting("POST /api/v1/payees/me/onboarding-links/", "project manager", to_provider, after=payable),
        Fitting("POST /api/v1/organizations/", "owner", {"name": "Acme Law", "slug": "acme-law", **place}),
        Fitting(
            "POST /api/v1/projects/{project_id}/batches/upload/",
            "project manager",
            {"name": "part 3", "file": file},
            {"project_id": world.things["project"].id},
            "part.json",
        ),
    ]
