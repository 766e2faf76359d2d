"""The only writers of entries. Everything is posted set-based: one COPY for the entries, one for their lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from common.clock import require_aware
from common.errors import FieldProblem
from common.money import Money
from payouts.ledger import triggers
from payouts.ledger.commands.periods import open_periods
from payouts.ledger.errors import (
    EntryAlreadyPosted,
    EntryAlreadyReversed,
    EntryIsReversal,
    InsufficientBalance,
    PeriodClosed,
    UnknownEntry,
    UnpostableEntry,
)
from payouts.ledger.models import JournalEntry, JournalLine, LedgerAccount
from payouts.ledger.rules import (
    AccountSpec,
    EntrySpec,
    LineSpec,
    parse_account,
)
from payouts.ledger.writing import insert_entries, insert_lines

_REFUSALS = {
    "journal_entry_idempotency_key_once": EntryAlreadyPosted,
    "payouts_journalentry_reverses_id_key": EntryAlreadyReversed,
    "ledger_balance_above_floor": InsufficientBalance,
    triggers.PERIOD_OPEN: PeriodClosed,
    triggers.PERIOD_IN_ORDER: PeriodClosed,
}


def post_entry(
    *,
    idempotency_key: str,
    kind: str,
    effective_on: date,
    lines: Sequence[LineSpec],
    source: str,
    by: UUID | None,
    now: datetime,
    reverses: UUID | None = None,
) -> JournalEntry:
    """Post one entry; see ``post_entries``. Returns the stored row."""
    spec = EntrySpec(idempotency_key, kind, effective_on, tuple(lines), source, reverses)
    (entry_id,) = post_entries([spec], by=by, now=now)
    return JournalEntry.objects.get(id=entry_id)


def post_entries(entries: Sequence[EntrySpec], *, by: UUID | None, now: datetime) -> list[UUID]:
    """Post all ``entries`` or none, and return their ids in the given order. ``by`` is a user id, None for the system.

    Accounts and the month's period are opened at their first use. A refusal leaves the caller's transaction usable.
    Balances are locked in account order within one call; a caller that posts several times in one transaction does so
    in the order of the workers' ids.

    Raises:
        EntryAlreadyPosted: a key is in the books already, or twice in ``entries``.
        EntryAlreadyReversed: the entry named by ``reverses`` has a reversal.
        InsufficientBalance: an account would fall below its floor.
        PeriodClosed: the period of an ``effective_on`` is closed, or lies before a closed one.
        UnpostableEntry: an entry without lines, or a line that no account can take.
    """
    if not entries:
        return []
    require_aware(now)
    specs = _parse_accounts(entries)
    try:
        with transaction.atomic():
            accounts = _open_accounts(specs, now)
            periods = open_periods({entry.effective_on for entry in entries})
            ids = insert_entries(entries, periods, by, now)
            insert_lines(entries, ids, accounts)
    except IntegrityError as error:
        raise _refusal(error) from error
    return ids


def reverse_entry(
    *,
    entry_id: UUID,
    idempotency_key: str,
    kind: str,
    source: str,
    by: UUID | None,
    now: datetime,
) -> JournalEntry:
    """Post the opposite of every line of an entry, effective today, in the entry's stead.

    The database holds a reversal to that: at commit it refuses one whose lines are not the opposite, one by one.

    Raises:
        UnknownEntry: there is no such entry.
        EntryIsReversal: it reverses another one.
        EntryAlreadyReversed, InsufficientBalance, PeriodClosed: see ``post_entries``.
    """
    entry = JournalEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise UnknownEntry
    if entry.reverses_id is not None:
        raise EntryIsReversal
    lines = JournalLine.objects.filter(entry_id=entry_id).select_related("debit", "credit").order_by("line_no")
    opposite = [LineSpec(line.credit.code, line.debit.code, Money(line.amount_minor, line.currency)) for line in lines]
    return post_entry(
        idempotency_key=idempotency_key,
        kind=kind,
        effective_on=now.date(),
        lines=opposite,
        source=source,
        by=by,
        now=now,
        reverses=entry_id,
    )


def _parse_accounts(entries: Sequence[EntrySpec]) -> dict[str, AccountSpec]:
    specs: dict[str, AccountSpec] = {}
    for position, entry in enumerate(entries):
        if not entry.lines:
            raise _unpostable(position, "It has no lines.")
        for line in entry.lines:
            try:
                for code in (line.debit, line.credit):
                    if code not in specs:
                        specs[code] = parse_account(code)
            except ValueError as error:
                raise _unpostable(position, f"{error}.") from error
            defect = _defect_of(line, specs)
            if defect:
                raise _unpostable(position, defect)
    return specs


def _defect_of(line: LineSpec, specs: dict[str, AccountSpec]) -> str:
    if line.debit == line.credit:
        return "A line goes from one account to another."
    if line.money.amount_minor <= 0:
        return "A line moves a positive amount."
    if not specs[line.debit].currency == specs[line.credit].currency == line.money.currency:
        return "A line and its two accounts are of one currency."
    return ""


def _unpostable(position: int, detail: str) -> UnpostableEntry:
    return UnpostableEntry(detail, (FieldProblem(f"/entries/{position}", "unpostable", detail),))


def _open_accounts(specs: dict[str, AccountSpec], now: datetime) -> dict[str, int]:
    known = _account_ids(specs)
    missing = [specs[code] for code in sorted(specs.keys() - known.keys())]
    if not missing:
        return known
    # Somebody else may open the same account now: the insert waits for them, the second look sees their row.
    LedgerAccount.objects.bulk_create(
        [
            LedgerAccount(
                code=spec.code,
                kind=spec.kind.name,
                side=spec.kind.side,
                currency=spec.currency,
                worker_id=spec.worker_id,
                floor_minor=spec.kind.floor_minor,
                created_at=now,
            )
            for spec in missing
        ],
        ignore_conflicts=True,
    )
    return known | _account_ids(spec.code for spec in missing)


def _account_ids(codes: Iterable[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, id FROM payouts_ledgeraccount WHERE code = ANY(%s)",
            [list(codes)],
        )
        return dict(cursor.fetchall())


def _refusal(error: IntegrityError) -> Exception:
    """Return the named refusal of the constraint that stopped the posting, or the error itself if none is foreseen."""
    diagnostics = getattr(error.__cause__, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    return next(
        (refusal() for prefix, refusal in _REFUSALS.items() if name.startswith(prefix)),
        error,
    )
