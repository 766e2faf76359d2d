"""Importing a file of adjustments (``finance.prepare``) and deciding it (``finance.approve``), two people, all rows or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from common import audit, states
from common.errors import FieldProblem, FourEyesRequired, InvalidInput, StaleVersion
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import require_grant
from common.text import clean_name
from payouts.adjustments.commands.booking import book
from payouts.adjustments.errors import InvalidAdjustment, InvalidImport, UnknownImport
from payouts.adjustments.imports import MOST_LISTED, AdjustmentRow, BadRow, ParsedFile, parse_adjustments
from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.adjustments.queries import find_experts, find_used_references

State = AdjustmentImport.State
_LIVE = (State.PROPOSED, State.APPROVED)
_BATCH = 1000


def import_adjustments(
    *, file_name: str, data: bytes, control_total: Money, by: Any, now: datetime
) -> tuple[AdjustmentImport, bool]:
    """Propose every row of a CSV file, or none; return the import and whether it is new: the same file is the same import.

    ``control_total`` is the sum of all amounts of the file as the proposer knows it; its currency is that of every row.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidInput: the file as a whole cannot be read.
        InvalidImport: it names every bad row, at most 1,000, or says how the sum differs from the control total.
    """
    require_grant(by, "finance.prepare")
    digest = hashlib.sha256(data).hexdigest()
    known = _find_live(digest)
    if known is not None:
        return known, False
    name = _clean_file_name(file_name)
    parsed = parse_adjustments(data, control_total.currency, today=now.date())
    people = find_experts({row.worker_email for row in parsed.rows})
    parsed.bad_rows += _find_misfits(parsed, people, by)
    if parsed.bad_rows:
        raise _refusal(parsed)
    _require_total(parsed, control_total)
    try:
        with transaction.atomic():
            return _write(name, digest, control_total, parsed, people, by, now), True
    except IntegrityError:
        # Somebody imported the same file, or a row of it, in the meantime.
        known = _find_live(digest)
        if known is not None:
            return known, False
        raise InvalidImport("A row of this file was imported with another one just now; import it again.") from None


def approve_import(*, import_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> AdjustmentImport:
    """Book every adjustment of a file: as earnings that the next cycle pays, or as debts that later cycles recover.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold, or a row of it is for them.
        NotPermitted: ``by`` does not approve.
        PeriodClosed: the books of today's month are closed.
        UnknownImport, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(import_id, by, expected_version)
        states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        book(_decide_rows(row, State.APPROVED, by, now), by=by, now=now)
        return row


def reject_import(
    *, import_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> AdjustmentImport:
    """Refuse a file, with a reason. Nothing is booked, and the mended file can be imported.

    Raises:
        InvalidAdjustment: no reason.
        FourEyesRequired, NotPermitted, UnknownImport, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(import_id, by, expected_version)
        text = reason_text.strip()
        if not text:
            raise InvalidAdjustment.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": text}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=text, also=also)
        _decide_rows(row, State.REJECTED, by, now, text)
        return row


def withdraw_import(
    *, import_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> AdjustmentImport:
    """Take back one's own file.

    Raises:
        FourEyesRequired: somebody else proposed it.
        NotPermitted, UnknownImport, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(import_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who proposed it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        _decide_rows(row, State.WITHDRAWN, by, now)
        return row


def _find_live(digest: str) -> AdjustmentImport | None:
    return AdjustmentImport.objects.filter(file_sha256=digest, state__in=_LIVE).first()


def _clean_file_name(file_name: str) -> str:
    try:
        return clean_name(file_name)
    except ValueError as error:
        raise InvalidInput.of("/file", f"The file's name {error}.") from error


def _find_misfits(parsed: ParsedFile, people: Mapping[str, Any], by: Any) -> list[BadRow]:
    """Return what only the database knows: whom a row is for, and whether its reference was used."""
    used = find_used_references({row.reference for row in parsed.rows})
    bad = []
    for row in parsed.rows:
        detail = _misfit_of(people.get(row.worker_email), by)
        if detail:
            bad.append(BadRow(row.line, "worker", detail))
        if row.reference in used:
            bad.append(BadRow(row.line, "reference", f"Was used before, for the adjustment {used[row.reference]}."))
    return bad


def _misfit_of(person: Any, by: Any) -> str:
    if person is None:
        return "Nobody who works here has this address."
    if not person.is_active:
        return "This account is closed."
    return "Nobody proposes an adjustment for themselves." if person.pk == by.pk else ""


def _refusal(parsed: ParsedFile) -> InvalidImport:
    bad = sorted(parsed.bad_rows, key=lambda row: (row.line, row.column))
    problems = [FieldProblem(f"/rows/{row.line}/{row.column}".rstrip("/"), "invalid", row.detail) for row in bad]
    wrong = len({row.line for row in bad})
    shown = "" if len(problems) <= MOST_LISTED else f" The first {MOST_LISTED} defects are listed."
    return InvalidImport(
        f"{wrong} of {parsed.row_count} rows are not valid; none was imported.{shown}", problems[:MOST_LISTED]
    )


def _require_total(parsed: ParsedFile, control_total: Money) -> None:
    total = sum(row.money.amount_minor for row in parsed.rows)
    if total > LARGEST_AMOUNT_MINOR:
        raise InvalidImport.of("/file", "The amounts sum to more than can be booked.")
    if total != control_total.amount_minor:
        there = Money(total, control_total.currency)
        raise InvalidImport.of(
            "/control_total", f"The rows sum to {there}, not to the declared {control_total}.", "differs"
        )


def _write(
    name: str, digest: str, total: Money, parsed: ParsedFile, people: Mapping[str, Any], by: Any, now: datetime
) -> AdjustmentImport:
    made = AdjustmentImport.objects.create(
        file_name=name,
        file_sha256=digest,
        currency=total.currency,
        row_count=len(parsed.rows),
        total_minor=total.amount_minor,
        proposed_by=by,
        proposed_at=now,
    )
    rows = [_adjustment_of(row, people[row.worker_email].pk, made, by, now) for row in parsed.rows]
    Adjustment.objects.bulk_create(rows, batch_size=_BATCH)
    detail = {"rows": made.row_count, "total_minor": made.total_minor, "sha256": digest}
    audit.record(action="adjustment_import.proposed", target=made, by=by.pk, now=now, detail=detail)
    return made


def _adjustment_of(row: AdjustmentRow, worker_id: UUID, made: AdjustmentImport, by: Any, now: datetime) -> Adjustment:
    return Adjustment(
        id=uuid7(),
        kind=row.kind,
        worker_id=worker_id,
        currency=row.money.currency,
        amount_minor=row.money.amount_minor,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        imported=made,
        reference=row.reference,
        worked_on=row.worked_on,
        proposed_by=by,
        proposed_at=now,
    )


def _lock_to_decide(import_id: UUID, by: Any, expected_version: int | None) -> AdjustmentImport:
    row = _lock(import_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You proposed this file; another person decides it.")
    require_grant(by, "finance.approve")
    if row.adjustments.filter(worker_id=by.pk).exists():
        raise FourEyesRequired("A row of this file is your own money; another person decides it.")
    return row


def _lock(import_id: UUID, by: Any, expected_version: int | None) -> AdjustmentImport:
    row = AdjustmentImport.objects.visible_to(by).select_for_update(of=("self",)).filter(id=import_id).first()
    if row is None:
        raise UnknownImport
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row


def _decide_rows(made: AdjustmentImport, to: str, by: Any, now: datetime, text: str = "") -> list[Adjustment]:
    """Move every adjustment of a locked file with it, and return them in the file's order."""
    rows = list(made.adjustments.select_for_update(of=("self",)).order_by("id"))
    for row in rows:
        row.state, row.decided_by, row.decided_at, row.decision_text, row.version = to, by, now, text, row.version + 1
    made.adjustments.update(state=to, decided_by=by, decided_at=now, decision_text=text, version=F("version") + 1)
    return rows
