"""Preparing a year's tax files (``finance.prepare``) and approving them (``finance.approve``), two people for each."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from common import audit, states
from common.errors import Conflict, FourEyesRequired, StaleVersion
from common.permissions import require_grant
from payouts.taxyears.errors import InvalidRun, RatesMissing, RunOutOfDate, UnknownRun
from payouts.taxyears.models import LOCK, TaxYearRun
from payouts.taxyears.queries import (
    find_last_approved,
    list_payments,
    list_prices,
    list_recipients,
    year_bounds,
)
from payouts.taxyears.rules import changes, number_returns, report, threshold

State = TaxYearRun.State
_FIRST_YEAR: Final = 2020
#: So many missing rates are named in a refusal.
_NAMED: Final = 10


def prepare_run(*, year: int, by: Any, now: datetime) -> TaxYearRun:
    """Write down who gets which form over what was paid in a year, and what differs from the run approved last.

    Amounts are in USD, those paid in other currencies at the stored rate of the day of payment.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidRun: an impossible year.
        RatesMissing: no rate is stored for a currency and a day on which somebody was paid; the detail names them.
        Conflict: another run of the year waits for its decision.
    """
    require_grant(by, "finance.prepare")
    _check_year(year, now)
    with transaction.atomic():
        _take_lock()
        if TaxYearRun.objects.filter(year=year, state=State.PREPARED).exists():
            raise Conflict("Another run of this year waits for its decision.")
        last = find_last_approved(year)
        content = _compute(year, last)
        document = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        newest = TaxYearRun.objects.filter(year=year).order_by("-number").first()
        run = TaxYearRun.objects.create(
            year=year,
            number=newest.number + 1 if newest else 1,
            corrects=last,
            document=document,
            sha256=hashlib.sha256(document.encode()).hexdigest(),
            return_count=len(content["returns"]),
            prepared_by=by,
            prepared_at=now,
        )
        audit.record(action="taxyearrun.prepared", target=run, by=by.pk, now=now, detail={"sha256": run.sha256})
        return run


def approve_run(*, run_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> TaxYearRun:
    """Approve a run whose year is over, if the books and tax forms still say the same.

    Raises:
        FourEyesRequired: ``by`` prepared it, whatever other role they hold. NotPermitted: ``by`` does not approve.
        RunOutOfDate: something was paid, came back or was reviewed since, or the year is not over.
        UnknownRun, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        run = _lock_to_decide(run_id, by, expected_version)
        if states.can_move(run, State.APPROVED):
            _require_current(run, now)
        states.move(run, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return run


def reject_run(
    *, run_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> TaxYearRun:
    """Refuse a run, with a reason; its number stays taken.

    Raises:
        InvalidRun: no reason.
        FourEyesRequired, NotPermitted, UnknownRun, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        run = _lock_to_decide(run_id, by, expected_version)
        words = reason_text.strip()
        if not words:
            raise InvalidRun.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": words}
        states.move(run, State.REJECTED, by=by.pk, now=now, reason_text=words, also=also)
        return run


def _check_year(year: int, now: datetime) -> None:
    if not year >= _FIRST_YEAR or now < year_bounds(year)[0]:
        raise InvalidRun.of("/year", f"Write a year from {_FIRST_YEAR} to the present one.")
    if threshold(year) is None:
        raise InvalidRun.of("/year", "The threshold of this year is not known here yet.")


def _compute(year: int, last: TaxYearRun | None) -> dict[str, Any]:
    prices = list_prices(year)
    missing = [f"{price.currency} on {price.day}" for price in prices if price.exact is None]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise RatesMissing(f"No exchange rate to USD is stored for {', '.join(missing[:_NAMED])}{more}.")
    payments = list_payments(year, prices)
    people = list_recipients({payment.worker_id for payment in payments})
    least = threshold(year) or Decimal(0)
    found = report(payments, people, least)
    before = last.content["returns"] if last else []
    returns = number_returns(found["returns"], before)
    return {
        "year": year,
        "payer": settings.LEGAL_ENTITY,
        "payer_ein": settings.LEGAL_ENTITY_EIN,
        "time_zone": settings.LEGAL_ENTITY_TIME_ZONE,
        "basis": "cash: the day on which the bank had the money, in the time zone; payouts that came back are left out",
        "threshold_usd": str(least),
        "rates": [
            {"currency": price.currency, "day": f"{price.day}", "usd": price.shown, "source": price.source}
            for price in prices
        ],
        "corrects": last.reference if last else None,
        "returns": returns,
        "not_reported": found["not_reported"],
        "changes": changes(returns, before) if last else [],
    }


def _require_current(run: TaxYearRun, now: datetime) -> None:
    if now < year_bounds(run.year)[1]:
        raise RunOutOfDate(f"The year {run.year} is not over.")
    if _compute(run.year, run.corrects) != run.content:
        raise RunOutOfDate


def _take_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _lock_to_decide(run_id: UUID, by: Any, expected_version: int | None) -> TaxYearRun:
    run = TaxYearRun.objects.visible_to(by).select_for_update(of=("self",)).filter(id=run_id).first()
    if run is None:
        raise UnknownRun
    if expected_version is not None and run.version != expected_version:
        raise StaleVersion(f"The current version is {run.version}; you sent {expected_version}.")
    if by.pk == run.prepared_by_id:
        raise FourEyesRequired("You prepared this; another person decides it.")
    require_grant(by, "finance.approve")
    return run
