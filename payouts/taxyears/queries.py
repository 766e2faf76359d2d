"""Reads for a year's tax files: what was paid to whom, by the date of payment, and the runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from common.money import Money
from payouts.fx.queries import find_price
from payouts.payees.models import Payee, TaxForm
from payouts.taxyears.errors import UnknownRun
from payouts.taxyears.models import KeptName, TaxYearRun
from payouts.taxyears.rules import Payment, Recipient, in_usd

_USD: Final = "USD"
#: A rate of the last banking day before a holiday is not older.
_OLDEST_RATE: Final = timedelta(days=7)

#: What was paid by day, in the currency that was earned whatever it became, with what its line withheld
#: and kept for debts; and what was owed by each when the year began.
_PAID: Final = """
SELECT p.worker_id, coalesce(l.currency, p.currency), (p.paid_at AT TIME ZONE %(zone)s)::date AS paid_on,
       coalesce(l.withholding_code, ''), coalesce(l.withholding_bps, 0),
       sum(coalesce(l.amount_minor, p.amount_minor))::bigint, coalesce(sum(l.withheld_minor), 0)::bigint,
       coalesce(sum(l.recovered_minor), 0)::bigint
  FROM payouts_payout p LEFT JOIN payouts_cycleline l ON l.payout_id = p.id
 WHERE p.state = 'PAID' AND p.paid_at >= %(starts)s AND p.paid_at < %(ends)s
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_OLD_DEBTS: Final = """
SELECT a.worker_id, a.currency, sum(CASE WHEN l.debit_id = a.id THEN l.amount_minor ELSE -l.amount_minor END)::bigint
  FROM payouts_ledgeraccount a
  JOIN payouts_journalline l ON a.id IN (l.debit_id, l.credit_id)
  JOIN payouts_journalentry e ON e.id = l.entry_id
 WHERE a.kind = 'EXPERT_RECEIVABLE' AND e.effective_on < %(first_day)s
 GROUP BY 1, 2
"""


def year_bounds(year: int) -> tuple[datetime, datetime]:
    """Return a year's first instant and the next one's, in the time zone of the legal entity, as UTC."""
    starts, ends = (datetime(which, 1, 1, tzinfo=_zone()).astimezone(UTC) for which in (year, year + 1))
    return starts, ends


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.LEGAL_ENTITY_TIME_ZONE)


@dataclass(frozen=True, slots=True)
class DayPrice:
    """What one unit of a currency was worth in USD on a day, and who says so; both empty where no rate is known."""

    currency: str
    day: date
    exact: Fraction | None = None
    shown: str = ""
    source: str = ""


def list_prices(year: int) -> list[DayPrice]:
    """Return the price in USD of each currency on each day on which somebody was paid in it, by the newest stored rate.

    A rate more than a week older than the end of the day does not count.
    """
    days = sorted({(currency, day) for _, currency, day, *_ in _read(_PAID, year) if currency != _USD})
    return [_price(currency, day) for currency, day in days]


def _price(currency: str, day: date) -> DayPrice:
    ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=_zone())
    price = find_price(currency, _USD, now=ends)
    if price is None or ends - price.said_by.as_of > _OLDEST_RATE:
        return DayPrice(currency, day)
    said = f"{price.said_by.source} {price.said_by.as_of:%Y-%m-%d}"
    return DayPrice(currency, day, price.exact, str(price.shown), said)


def list_payments(year: int, prices: Iterable[DayPrice]) -> list[Payment]:
    """Return what was paid in a year by recipient, day, reason and rate of withholding, in USD at ``prices``.

    What a line kept for a debt counts as paid as far as the debt is older than the year.
    """
    exact = {(price.currency, price.day): price.exact or Fraction() for price in prices}
    debts = {(worker, currency): owed for worker, currency, owed in _read(_OLD_DEBTS, year) if owed > 0}
    payments = []
    for worker, currency, day, code, bps, paid, withheld, recovered in _read(_PAID, year):
        settled = min(recovered, debts.get((worker, currency), 0))
        debts[worker, currency] = debts.get((worker, currency), 0) - settled
        price = Fraction(1) if currency == _USD else exact[currency, day]
        gross, tax = (
            in_usd(Money(minor, currency).to_major(), price) for minor in (paid + withheld + settled, withheld)
        )
        payments.append(Payment(str(worker), code, bps, gross, tax))
    return payments


def list_recipients(worker_ids: Iterable[str]) -> dict[str, Recipient]:
    """Return who was paid, with the newest accepted tax form of each."""
    wanted = [UUID(worker_id) for worker_id in worker_ids]
    forms = TaxForm.objects.filter(worker_id__in=wanted, state=TaxForm.State.VALID).order_by("worker_id", "-version")
    newest = {str(form.worker_id): form for form in forms.distinct("worker_id")}
    payees = {str(payee.worker_id): payee for payee in Payee.objects.filter(worker_id__in=wanted)}
    kept = {str(row.worker_id): row.legal_name for row in KeptName.objects.filter(worker_id__in=wanted)}
    people = get_user_model().objects.in_bulk(wanted)
    return {
        str(person.pk): _recipient(
            person, payees.get(str(person.pk)), newest.get(str(person.pk)), kept.get(str(person.pk), "")
        )
        for person in people.values()
    }


def _recipient(person: Any, payee: Payee | None, form: TaxForm | None, kept_name: str) -> Recipient:
    named = form or payee
    name = kept_name or (named.legal_name if named else person.get_full_name())
    facts = (str(person.pk), name, payee.country if payee else "", payee.account_id if payee else "")
    if form is None:
        return Recipient(*facts)
    return Recipient(
        *facts,
        form=form.form,
        tax_country=form.tax_country,
        tin_last4=form.tin_last4,
        works_in_us=form.works_in_us,
        treaty_country=form.treaty_country,
        treaty_bps=form.treaty_bps,
    )


def _read(query: str, year: int) -> list[tuple[Any, ...]]:
    starts, ends = year_bounds(year)
    facts: dict[str, Any] = {
        "starts": starts,
        "ends": ends,
        "zone": settings.LEGAL_ENTITY_TIME_ZONE,
        "first_day": date(year, 1, 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def get_run(user: Any, run_id: UUID) -> TaxYearRun:
    """Return a run that ``user`` may see.

    Raises:
        UnknownRun: it does not exist, or not for this person.
    """
    rows = TaxYearRun.objects.visible_to(user).select_related("prepared_by", "decided_by", "corrects")
    found = rows.filter(id=run_id).first()
    if found is None:
        raise UnknownRun
    return found


def find_last_approved(year: int) -> TaxYearRun | None:
    """Return the run of a year that was approved last."""
    return TaxYearRun.objects.filter(year=year, state=TaxYearRun.State.APPROVED).order_by("-number").first()
