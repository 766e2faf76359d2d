"""Opening months, and closing them: proposed by one person (``finance.prepare``), closed by another (``finance.approve``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from common import states
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.permissions import has_grant, require_grant
from payouts.ledger.closing import run_close_checks
from payouts.ledger.errors import InvalidClose, PeriodNotReady, UnknownPeriod
from payouts.ledger.models import Period

State = Period.State


def open_periods(days: Iterable[date]) -> dict[str, int]:
    """Open the months of ``days`` that are not open yet, and those between, and return the ids by month.

    The database refuses a month before a closed one.
    """
    wanted = {f"{day:%Y-%m}" for day in days}
    known = _ids_of(wanted)
    if wanted - known.keys():
        firsts = [date.fromisoformat(f"{month}-01") for month in wanted]
        firsts += Period.objects.order_by("starts_on").values_list("starts_on", flat=True)
        Period.objects.bulk_create(list(_months(min(firsts), max(firsts))), ignore_conflicts=True)
        known = _ids_of(wanted)
    return known


def _ids_of(months: set[str]) -> dict[str, int]:
    return dict(Period.objects.filter(month__in=months).values_list("month", "id"))


def _months(first: date, last: date) -> Iterable[Period]:
    while first <= last:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        yield Period(month=f"{first:%Y-%m}", starts_on=first, ends_on=following)
        first = following


def propose_close(
    *, month: str, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Period:
    """Propose to close the books of ``month`` (``2026-11``), with a word on why they are whole. They still take entries.

    Raises:
        NotPermitted: ``by`` does not prepare.
        PeriodNotReady: it names each reason of the checklist.
        InvalidClose: no reason.
        UnknownPeriod, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(month, by, expected_version)
        reason_text = _require_reason(reason_text)
        if states.can_move(row, State.PROPOSED):
            _require_ready(row, now)
        also = {"proposed_by": by, "proposed_at": now, "proposal_text": reason_text}
        states.move(row, State.PROPOSED, by=by.pk, now=now, reason_text=reason_text, also=also)
        return row


def close_period(*, month: str, by: Any, now: datetime, expected_version: int | None = None) -> Period:
    """Close the books of a month for good. It waits for postings that are under way, and asks the checklist again.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold.
        NotPermitted: ``by`` does not approve.
        PeriodNotReady: it names each reason of the checklist.
        UnknownPeriod, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock(month, by, expected_version)
        if by.pk == row.proposed_by_id:
            raise FourEyesRequired("You proposed this close; another person carries it out.")
        require_grant(by, "finance.approve")
        if states.can_move(row, State.CLOSED):
            _require_ready(row, now)
        also = {"closed_by": by, "closed_at": now}
        states.move(row, State.CLOSED, by=by.pk, now=now, reason_text=row.proposal_text, also=also)
        return row


def keep_open(*, month: str, reason_text: str, by: Any, now: datetime, expected_version: int | None = None) -> Period:
    """Take a proposed close back, one's own or another's, with a reason that the audit trail keeps.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        InvalidClose: no reason.
        UnknownPeriod, StaleVersion, IllegalTransition
    """
    if not has_grant(by, "finance.approve"):
        require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(month, by, expected_version)
        reason_text = _require_reason(reason_text)
        also = {"proposed_by": None, "proposed_at": None, "proposal_text": ""}
        states.move(row, State.OPEN, by=by.pk, now=now, reason_text=reason_text, also=also)
        return row


def _lock(month: str, by: Any, expected_version: int | None) -> Period:
    row = Period.objects.visible_to(by).select_for_update(of=("self",)).filter(month=month).first()
    if row is None:
        raise UnknownPeriod
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row


def _require_reason(text: str) -> str:
    if not 0 < len(text.strip()) <= 2000:
        raise InvalidClose.of("/reason_text", "Say why, in 1 to 2000 characters.")
    return text.strip()


def _require_ready(row: Period, now: datetime) -> None:
    problems = [
        FieldProblem("", result.code, obstacle)
        for result in run_close_checks(row, now)
        for obstacle in result.obstacles
    ]
    if problems:
        raise PeriodNotReady(f"{row.month} cannot be closed yet: {problems[0].detail}", problems)
