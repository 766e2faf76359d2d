"""Screening payees: when they say who they are, and again when a list has another edition."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from common import audit
from common.erasure import erased_people
from common.errors import Conflict, FieldProblem, InvalidInput
from payouts.payees.commands.holds import place
from payouts.payees.models import Payee, PayeeHold, ScreeningEntry, ScreeningList, ScreeningResult
from payouts.payees.screening import CountryScreen, Edition, Hit, Screen, Subject, fold

#: An import is refused with at most so many of its defects named.
_MOST_PROBLEMS = 1000
_BATCH = 5000


class NameScreen:
    """The newest list of names that an operator imported."""

    def edition(self) -> Edition | None:
        """Return name, version and date of the import that is dated last."""
        row = ScreeningList.objects.order_by("-dated", "-imported_at").first()
        return Edition(row.name, row.version, row.dated) if row else None

    def hits(self, edition: Edition, subject: Subject) -> Sequence[Hit]:
        """Return the entries whose name has the same parts."""
        rows = ScreeningEntry.objects.filter(
            list__name=edition.name, list__version=edition.version, folded=fold(subject.name)
        )
        return [
            Hit("NAME_LISTED", f"{edition.name}:{row.entry_id}", f"Your name is also on the list {edition.name}.")
            for row in rows.order_by("entry_id")
        ]


SCREENS: list[Screen] = [CountryScreen(), NameScreen()]


def screen_payee(payee: Payee, *, now: datetime) -> None:
    """Look a payee up in every list, keep what was found, and hold them for each hit that nobody has looked at yet.

    The caller has locked the payee's row.
    """
    subject = Subject(payee.legal_name, payee.country)
    for screen in SCREENS:
        edition = screen.edition()
        if edition is None:
            continue
        hits = screen.hits(edition, subject)
        ScreeningResult.objects.create(
            worker_id=payee.worker_id,
            list_name=edition.name,
            list_version=edition.version,
            list_dated=edition.dated,
            legal_name=subject.name,
            country=subject.country,
            hits=[hit.key for hit in hits],
            screened_at=now,
        )
        for hit in hits:
            place(
                payee,
                hit.kind,
                subject=f"{hit.key}:{fold(subject.name)}"[:200],
                reason_text=hit.words,
                facts={
                    "list": edition.name,
                    "version": edition.version,
                    "date": edition.dated.isoformat(),
                    "entry": hit.key,
                },
                now=now,
            )


def screen_due(*, now: datetime, limit: int = 1000) -> int:
    """Screen payees that were not screened with their present name and country against a list's edition in use.

    Returns how many were screened; each in a transaction of its own.
    """
    due: set[UUID] = set()
    for edition in filter(None, (screen.edition() for screen in SCREENS)):
        done = ScreeningResult.objects.filter(
            worker_id=OuterRef("worker_id"),
            list_name=edition.name,
            list_version=edition.version,
            legal_name=OuterRef("legal_name"),
            country=OuterRef("country"),
        )
        rows = (
            Payee.objects.filter(~Exists(done))
            .exclude(worker_id__in=erased_people())
            .order_by("id")
            .values_list("id", flat=True)
        )
        due.update(rows[:limit])
    for payee_id in sorted(due)[:limit]:
        with transaction.atomic():
            screen_payee(Payee.objects.select_for_update(no_key=True).get(id=payee_id), now=now)
    return min(len(due), limit)


def import_list(*, lines: Iterable[str], name: str, version: str, dated: date, now: datetime) -> ScreeningList:
    """Keep an edition of a list of names, from CSV with the columns ``id`` and ``name``; aliases are rows of the same id.

    All rows or none. Payees are screened against it by the next sweep.

    Raises:
        InvalidInput: it names each row that cannot be.
        Conflict: this version was imported before.
    """
    entries = _read(lines)
    with transaction.atomic():
        row, is_new = ScreeningList.objects.get_or_create(
            name=name, version=version, defaults={"dated": dated, "entry_count": len(entries), "imported_at": now}
        )
        if not is_new:
            raise Conflict(f"Version {version} of {name} was imported before.")
        ScreeningEntry.objects.bulk_create(
            [ScreeningEntry(list=row, entry_id=key, name=text, folded=fold(text)) for key, text in entries],
            batch_size=_BATCH,
        )
        audit.record(action="screeninglist.imported", target=row, by=None, now=now)
        return row


def _read(lines: Iterable[str]) -> list[tuple[str, str]]:
    reader = csv.DictReader(lines)
    if reader.fieldnames is None or not {"id", "name"} <= set(reader.fieldnames):
        raise InvalidInput.of("/columns", "The first row names the columns: id and name are needed.")
    entries: dict[tuple[str, str], None] = {}
    problems = []
    for number, row in enumerate(reader, start=2):
        key, text = (row["id"] or "").strip(), (row["name"] or "").strip()
        if not 0 < len(key) <= 100 or not fold(text) or len(text) > 500:
            problems.append(FieldProblem(f"/rows/{number}", "invalid", f"Row {number} needs an id and a name."))
        entries[key, text] = None
    if problems or not entries:
        detail = problems[0].detail if problems else "There is no row."
        raise InvalidInput(detail, problems[:_MOST_PROBLEMS])
    return list(entries)


def hold_duplicates(*, bank_fingerprint: str, now: datetime) -> int:
    """Hold every payee of a bank account that several have, once for each pair, and return how many holds that makes.

    One person behind several accounts, or one account that several were robbed into: a person looks at it.
    """
    if not bank_fingerprint:
        return 0
    with transaction.atomic():
        rows = (
            Payee.objects.select_for_update(no_key=True).filter(bank_fingerprint=bank_fingerprint).order_by("worker_id")
        )
        payees = list(rows)
        return sum(
            place(
                payee,
                PayeeHold.Kind.DUPLICATE_BANK,
                subject=f"{bank_fingerprint}:{other.worker_id}",
                facts={"same_bank_account_as": str(other.id)},
                now=now,
            )
            is not None
            for payee in payees
            for other in payees
            if payee is not other
        )
