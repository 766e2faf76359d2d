"""Reads of the books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Prefetch, Q, QuerySet

from common.money import Money
from payouts.ledger.errors import UnknownPeriod
from payouts.ledger.models import JournalEntry, JournalLine, LedgerAccount, LedgerBalance, Period


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """One account's sums over all lines, in minor units; ``balance_minor`` is on the account's own side."""

    code: str
    kind: str
    side: str
    currency: str
    debits_minor: int
    credits_minor: int

    @property
    def balance_minor(self) -> int:
        net = self.debits_minor - self.credits_minor
        return net if self.side == "DEBIT" else -net

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)


def find_entry(idempotency_key: str) -> JournalEntry | None:
    """Return the entry posted under a key, if there is one."""
    return JournalEntry.objects.filter(idempotency_key=idempotency_key).first()


def get_balance(code: str) -> Money:
    """Return what an account holds on its own side; nothing for an account that was never used."""
    return get_balances([code])[code]


def get_balances(codes: Iterable[str]) -> dict[str, Money]:
    """Return what the accounts hold, each on its own side, in one look."""
    wanted = list(codes)
    kept = dict(LedgerBalance.objects.filter(account__code__in=wanted).values_list("account__code", "balance_minor"))
    summed = {row.code: row.balance_minor for row in trial_balance(set(wanted) - kept.keys())} if wanted else {}
    both = kept | summed
    return {code: Money(both.get(code, 0), code.rsplit(":", 1)[-1]) for code in wanted}


#: A few accounts by their indexes; all accounts in one pass, as of a day where one is given.
_SUMS_OF_SOME = """
SELECT a.code, a.kind, a.side, a.currency, coalesce(d.total, 0)::bigint, coalesce(c.total, 0)::bigint
  FROM payouts_ledgeraccount a
  LEFT JOIN LATERAL (SELECT sum(amount_minor) AS total FROM payouts_journalline WHERE debit_id = a.id) d ON true
  LEFT JOIN LATERAL (SELECT sum(amount_minor) AS total FROM payouts_journalline WHERE credit_id = a.id) c ON true
 WHERE a.code = ANY(%s)
 ORDER BY a.code
"""
_SUMS_OF_ALL = """
WITH line AS (
  SELECT l.debit_id, l.credit_id, l.amount_minor FROM payouts_journalline l
    JOIN payouts_journalentry e ON e.id = l.entry_id
   WHERE %(as_of)s::date IS NULL OR e.effective_on <= %(as_of)s
), moved AS (
  SELECT account_id, sum(debit) AS debits, sum(credit) AS credits
    FROM (SELECT debit_id AS account_id, amount_minor AS debit, 0 AS credit FROM line
          UNION ALL SELECT credit_id, 0, amount_minor FROM line) AS side
   GROUP BY account_id
)
SELECT a.code, a.kind, a.side, a.currency, coalesce(m.debits, 0)::bigint, coalesce(m.credits, 0)::bigint
  FROM payouts_ledgeraccount a LEFT JOIN moved m ON m.account_id = a.id
 WHERE %(as_of)s::date IS NULL OR m.account_id IS NOT NULL
 ORDER BY a.code
"""


def trial_balance(codes: Iterable[str] | None = None, *, as_of: date | None = None) -> list[TrialBalanceRow]:
    """Return every account (or those of ``codes``) with the sums of its lines, by code.

    With ``as_of``, of the lines effective until the end of that day, and only accounts that moved by then. An entry dated
    back later, into a month that is still open, changes the answer for its day; that of a closed month never changes.
    """
    with connection.cursor() as cursor:
        if codes is not None and as_of is None:
            cursor.execute(_SUMS_OF_SOME, [list(codes)])
            return [TrialBalanceRow(*row) for row in cursor.fetchall()]
        cursor.execute(_SUMS_OF_ALL, {"as_of": as_of})
        rows = [TrialBalanceRow(*row) for row in cursor.fetchall()]
    wanted = None if codes is None else set(codes)
    return [row for row in rows if wanted is None or row.code in wanted]


def lock_payable(worker_ids: Iterable[UUID], currency: str) -> None:
    """Lock the payable balances of experts in account order until the transaction ends.

    Whoever decides over what an expert is owed (a cycle, a reversal, a hold) holds this lock, so that two of them
    never decide at once.
    """
    list(
        LedgerBalance.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            account__worker_id__in=list(worker_ids),
            account__currency=currency,
            account__kind="EXPERT_PAYABLE",
        )
        .order_by("account_id")
        .values_list("account_id")
    )


def find_entries(
    *, kind: str | None = None, source: str | None = None, account: str | None = None, month: str | None = None
) -> QuerySet[JournalEntry]:
    """Return entries with their lines and accounts, newest first, narrowed by what is given."""
    rows = JournalEntry.objects.select_related("period", "reversed_by").prefetch_related(
        Prefetch("lines", JournalLine.objects.select_related("debit", "credit").order_by("line_no"))
    )
    if kind:
        rows = rows.filter(kind=kind)
    if source:
        rows = rows.filter(source=source)
    if month:
        rows = rows.filter(period__month=month)
    if account:
        found = LedgerAccount.objects.filter(code=account).values_list("id", flat=True)
        lines = JournalLine.objects.filter(Q(debit_id__in=found) | Q(credit_id__in=found))
        rows = rows.filter(id__in=lines.values("entry_id"))
    return rows.order_by("-id")


def find_closed_until() -> date | None:
    """Return the first day that takes entries again after the last closed month; None while none is closed."""
    closed: date | None = Period.objects.filter(state=Period.State.CLOSED).aggregate(end=Max("ends_on"))["end"]
    return closed


def list_periods(user: Any) -> QuerySet[Period]:
    """Return the months that ``user`` may see, newest first, with ``entry_count``, how many entries each has."""
    rows = Period.objects.visible_to(user).select_related("proposed_by", "closed_by")
    return rows.annotate(entry_count=Count("entries")).order_by("-starts_on", "-id")


def get_period(user: Any, month: str) -> Period:
    """Return one month that ``user`` may see, with ``entry_count``.

    Raises:
        UnknownPeriod: nothing was ever posted in it, or not for this person.
    """
    found = list_periods(user).filter(month=month).first()
    if found is None:
        raise UnknownPeriod
    return found
