"""Reads of exports: the rows of each kind of file, from the sealed entries, without holding them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import NotFound
from common.money import Money
from payouts.exports.models import Export
from payouts.exports.rules import account_name, xero_code

type Rows = Iterator[Sequence[Any]]

_SEALED: Final = """
  FROM payouts_entryseal s
  JOIN payouts_journalentry e ON e.id = s.entry_id
  JOIN payouts_journalline l ON l.entry_id = e.id
  JOIN payouts_ledgeraccount d ON d.id = l.debit_id
  JOIN payouts_ledgeraccount c ON c.id = l.credit_id
 WHERE s.position <= %(position)s AND e.effective_on < %(ends_on)s
   AND (%(currency)s = '' OR l.currency = %(currency)s)
"""

_JOURNAL: Final = f"""
SELECT s.position, e.id, e.kind, e.effective_on, e.created_at, e.source, e.idempotency_key, e.reverses_id, e.sha256,
       l.line_no, d.code, c.code, l.currency, l.amount_minor
{_SEALED} AND e.effective_on >= %(starts_on)s
 ORDER BY s.position, l.line_no
"""

#: Each line once on its debit and once on its credit account; ``is_opening`` is what lies before the first day.
_SIDES: Final = f"""
WITH sealed AS (SELECT e.effective_on, l.debit_id, l.credit_id, l.amount_minor {_SEALED}),
sides AS (
  SELECT effective_on, debit_id AS account_id, amount_minor AS debit, 0::bigint AS credit FROM sealed
  UNION ALL SELECT effective_on, credit_id, 0, amount_minor FROM sealed
)
"""  # noqa: S608 - constants alone

_TRIAL_BALANCE: Final = f"""{_SIDES}
SELECT a.code, a.kind, a.side, a.currency,
       coalesce(sum(debit - credit) FILTER (WHERE effective_on < %(starts_on)s), 0)::bigint,
       coalesce(sum(debit) FILTER (WHERE effective_on >= %(starts_on)s), 0)::bigint,
       coalesce(sum(credit) FILTER (WHERE effective_on >= %(starts_on)s), 0)::bigint
  FROM sides JOIN payouts_ledgeraccount a ON a.id = sides.account_id
 GROUP BY a.id ORDER BY a.code
"""  # noqa: S608 - constants alone

_BY_DAY: Final = f"""{_SIDES}
SELECT effective_on, a.kind, CASE WHEN a.kind LIKE 'EXPERT_%%' OR a.kind LIKE 'CLIENT_%%' THEN '' ELSE a.code END AS name,
       sum(debit)::bigint, sum(credit)::bigint
  FROM sides JOIN payouts_ledgeraccount a ON a.id = sides.account_id
 WHERE effective_on >= %(starts_on)s
 GROUP BY effective_on, a.kind, name ORDER BY effective_on, a.kind, name
"""  # noqa: S608 - constants alone

_BATCH: Final = 2000
#: The name of the tax rate that Xero's import asks for; moving money is no supply.
_XERO_TAX_RATE: Final = "Tax Exempt"


def get_export(user: Any, export_id: UUID) -> Export:
    """Return an export that ``user`` may see.

    Raises:
        NotFound: it does not exist, or not for this person.
    """
    export = Export.objects.visible_to(user).select_related("asked_by").filter(id=export_id).first()
    if export is None:
        raise NotFound
    return export


def table_of(export: Export) -> tuple[Sequence[str], Rows]:
    """Return the export's columns and its rows; amounts are decimals in major units, days and instants are such."""
    header, rows = {
        Export.Kind.JOURNAL: (_JOURNAL_COLUMNS, _journal),
        Export.Kind.TRIAL_BALANCE: (_TRIAL_BALANCE_COLUMNS, _trial_balance),
        Export.Kind.QUICKBOOKS: (_QUICKBOOKS_COLUMNS, _quickbooks),
        Export.Kind.XERO: (_XERO_COLUMNS, _xero),
    }[Export.Kind(export.kind)]
    return header, rows(export)


def written_rows(export: Export, rows: Rows) -> Rows:
    """Yield rows whose days and instants are text, as the program that reads the export's CSV writes them."""
    days = _DAYS.get(Export.Kind(export.kind), "%Y-%m-%d")
    for row in rows:
        yield [_written(cell, days) for cell in row]


#: Source: the two imports' own documents, as named at their columns.
_DAYS: Final = {Export.Kind.QUICKBOOKS: "%m/%d/%Y", Export.Kind.XERO: "%d/%m/%Y"}


def _written(cell: Any, days: str) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat()
    return cell.strftime(days) if isinstance(cell, date) else cell


_JOURNAL_COLUMNS: Final = (
    "position",
    "entry",
    "kind",
    "effective_on",
    "posted_at",
    "source",
    "idempotency_key",
    "reverses",
    "sha256",
    "line",
    "debit",
    "credit",
    "amount",
    "currency",
)


def _journal(export: Export) -> Rows:
    for *facts, currency, minor in _read(_JOURNAL, export):
        yield [*facts, Money(minor, currency).to_major(), currency]


_TRIAL_BALANCE_COLUMNS: Final = ("account", "kind", "side", "currency", "opening", "debits", "credits", "closing")


def _trial_balance(export: Export) -> Rows:
    """Yield each account; opening and closing are debits less credits, so that both columns sum to nothing."""
    for code, kind, side, currency, opening, debits, credits_ in _read(_TRIAL_BALANCE, export):
        figures = (opening, debits, credits_, opening + debits - credits_)
        yield [code, kind, side, currency, *(Money(minor, currency).to_major() for minor in figures)]


# Source: Intuit, "Import journal entries in QuickBooks Online": names instead of numbers, MM/DD/YYYY, one side blank.
_QUICKBOOKS_COLUMNS: Final = ("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Currency")


def _quickbooks(export: Export) -> Rows:
    for day, kind, name, debits, credits_ in _by_day(export):
        number = f"MUSTER-{day}-{export.currency}"
        for minor, is_debit in ((debits, True), (credits_, False)):
            if minor:
                amount = Money(minor, export.currency).to_major()
                sides = (amount, "") if is_debit else ("", amount)
                yield [number, day, account_name(kind, name), *sides, f"Payouts of {day}", export.currency]


# Source: Xero Central, "Import manual journals": one narration and date a journal, debits positive, credits negative.
_XERO_COLUMNS: Final = ("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount")


def _xero(export: Export) -> Rows:
    for day, kind, name, debits, credits_ in _by_day(export):
        narration = f"Muster payouts {day} {export.currency}"
        for minor in (debits, -credits_):
            if minor:
                amount = Money(minor, export.currency).to_major()
                yield [narration, day, account_name(kind, name), xero_code(kind), _XERO_TAX_RATE, amount]


def _by_day(export: Export) -> Iterator[list[Any]]:
    """Yield a day's sums by account, those of people and clients as one; a day is one balanced journal."""
    return _read(_BY_DAY, export)


def _read(query: str, export: Export) -> Iterator[list[Any]]:
    """Yield the rows of a query as they come, a batch in memory at a time."""
    parameters: dict[str, Any] = {
        "position": export.sealed_position,
        "starts_on": export.starts_on,
        "ends_on": export.ends_on,
        "currency": export.currency,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(_BATCH):
            yield from (list(row) for row in rows)
