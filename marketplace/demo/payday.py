"""Playing payday: translators set up their bank at the provider's own page, finance prepares, approves and pays each week."""

from __future__ import annotations

import hashlib
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from common import clock
from marketplace.demo.cast import Cast
from marketplace.experts.models import Expert
from payouts import facade as payouts

CURRENCY: Final = "EUR"
WEEK: Final = timedelta(days=7)
_PREPARED_AFTER: Final = timedelta(hours=9)
_APPROVED_AFTER: Final = timedelta(hours=13)
_TOO_LONG_S: Final = 120
_TICK_S: Final = 0.3


class PaydayStuck(RuntimeError):
    """The payments did not end within the time that a demo may take."""


def week_of(at: datetime) -> datetime:
    """Return the Monday, 00:00 UTC, of the week of ``at``: the demo's pay week."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def set_up_payees(experts: Mapping[str, Expert], *, return_url: str, now: datetime) -> None:
    """Let every expert register and fill in the provider's hosted form, unless they can be paid already."""
    for expert in experts.values():
        known = payouts.find_payee(worker_id=expert.user_id)
        if known is not None and known.is_payable:
            continue
        payouts.register_payee(
            worker_id=expert.user_id,
            legal_name=expert.legal_name,
            country=expert.bank_country,
            currency=CURRENCY,
            by=expert.user,
            now=now,
        )
        link = payouts.start_onboarding(
            worker_id=expert.user_id, return_url=return_url, refresh_url=return_url, by=expert.user, now=now
        )
        _fill_in(link.url, expert)
        payouts.refresh_payee(worker_id=expert.user_id, now=now)


def _fill_in(url: str, expert: Expert) -> None:
    """Send the form as a browser would; the provider answers with the way back."""
    number = int(hashlib.sha256(str(expert.user.email).encode()).hexdigest(), 16) % 10**10
    fields = {
        "account_holder": expert.legal_name,
        "account_number": f"{expert.bank_country}89370400440{number:010d}",
        "accept": "yes",
    }
    request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode(), method="POST")  # noqa: S310
    opener = urllib.request.build_opener(_StayHere)
    try:
        with opener.open(request, timeout=10) as answer:
            raise PaydayStuck(f"the provider's form was refused: {answer.status}")
    except urllib.error.HTTPError as answer:
        if answer.code not in (302, 303):
            raise


class _StayHere(urllib.request.HTTPRedirectHandler):
    """The way back leads to the portal, where nobody is logged in here."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def pay_weeks(
    cast: Cast, *, first: datetime, last: datetime, as_of: datetime, progress: Callable[[int, int], None]
) -> None:
    """Prepare, approve and pay the cycle of each week from ``first`` to ``last`` that has ended by ``as_of``."""
    weeks = []
    start = week_of(first)
    while start <= last and start + WEEK <= as_of:
        weeks.append(start)
        start += WEEK
    for number, monday in enumerate(weeks, 1):
        _pay_week(cast, monday)
        progress(number, len(weeks))


def _pay_week(cast: Cast, monday: datetime) -> None:
    cycle = payouts.find_cycle(currency=CURRENCY, starts_at=monday) or _prepare(cast, monday)
    if cycle is None:
        return
    if cycle.state == "SUBMITTED":
        with clock.at(monday + WEEK + _APPROVED_AFTER) as now:
            cycle = payouts.approve_cycle(cycle_id=cycle.id, by=cast.approver, now=now)
    if cycle.state in ("APPROVED", "FUNDING"):
        payouts.pay_cycle(cycle_id=cycle.id, by=cast.preparer, now=clock.now())
    _wait_until_done(cycle.id, monday)


def _prepare(cast: Cast, monday: datetime) -> payouts.CycleView | None:
    """Prepare a week's cycle whole or not at all; a week in which nobody earned anything has none."""
    ends_at = monday + WEEK
    try:
        with clock.at(ends_at + _PREPARED_AFTER) as now, transaction.atomic():
            return payouts.prepare_cycle(
                starts_at=monday, ends_at=ends_at, currency=CURRENCY, by=cast.preparer, now=now
            )
    except payouts.NothingToPay:
        return None


def _wait_until_done(cycle_id: UUID, monday: datetime) -> None:
    """Tick until the cycle has ended; webhooks and workers do most of it, the ticks what they have not got to."""
    deadline = time.monotonic() + _TOO_LONG_S
    while time.monotonic() < deadline:
        cycle = payouts.find_cycle(currency=CURRENCY, starts_at=monday)
        if cycle is not None and cycle.state.startswith("COMPLETED"):
            return
        payouts.run_due_payouts(now=clock.now())
        payouts.tick_cycles(now=clock.now())
        time.sleep(_TICK_S)
    raise PaydayStuck(f"cycle {cycle_id} did not end within {_TOO_LONG_S} s: see the pages of finance")
