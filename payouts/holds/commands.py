"""Placing, releasing and ending holds. Each moves money between payable and held in its own transaction.

Lock order: the hold's row, then the balances. Whoever places one locks the payable balance, as a cycle does that reserves:
one of the two comes first, and the other sees what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from common import audit, states
from common.clock import require_aware
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.events import publish, publish_each
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant, require_grant
from payouts.events import HoldEnded, HoldPlaced
from payouts.holds.errors import AlreadyAppealed, InvalidHold, UnknownHold
from payouts.holds.models import HOLDBACK, LONGEST_HOLD, Hold
from payouts.ledger.commands import post_entries
from payouts.ledger.queries import get_balance, lock_payable
from payouts.ledger.rules import EntrySpec, LineSpec, held, payable

State = Hold.State


def place_hold(
    *,
    worker_id: UUID,
    currency: str,
    money: Money | None,
    reason_code: str,
    reason_text: str,
    ends_at: datetime,
    by: Any,
    now: datetime,
) -> Hold:
    """Keep ``money`` of an expert, or everything in ``currency`` (None), from being paid until ``ends_at``.

    A payout that was reserved before goes on, except that a hold on everything stops what is not being sent yet.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        FourEyesRequired: it is their own money.
        InvalidHold: it names each field that cannot be; more than what is payable now cannot be held.
    """
    if not has_grant(by, "finance.prepare"):
        require_grant(by, "finance.approve")
    if worker_id == by.pk:
        raise FourEyesRequired("Nobody places a hold on their own money.")
    _check(worker_id, currency, money, reason_code, reason_text, ends_at, now)
    with transaction.atomic():
        lock_payable([worker_id], currency)
        there = get_balance(payable(worker_id, currency))
        if money is not None and there < money:
            raise InvalidHold.of("/money", f"Only {there} can be held now; leave the amount out to hold everything.")
        row = Hold.objects.create(
            worker_id=worker_id,
            currency=currency,
            amount_minor=money.amount_minor if money else None,
            held_minor=(money or there).amount_minor,
            reason_code=reason_code.strip(),
            reason_text=reason_text.strip(),
            placed_by=by,
            placed_at=now,
            ends_at=ends_at,
        )
        _move([row], to_held=True, by=by.pk, now=now)
        audit.record(
            action="hold.placed",
            target=row,
            by=by.pk,
            now=now,
            reason_code=row.reason_code,
            reason_text=row.reason_text,
        )
        publish(_news_of(row), now=now)
        return row


def release_hold(
    *, hold_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Hold:
    """End a hold before its time; its money is payable again.

    Raises:
        FourEyesRequired: ``by`` placed it, whatever other role they hold, or it is their own money.
        NotPermitted: ``by`` does not approve.
        InvalidHold: no reason.
        UnknownHold, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock(Hold.objects.visible_to(by), hold_id)
        if expected_version is not None and row.version != expected_version:
            raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
        if by.pk == row.placed_by_id:
            raise FourEyesRequired("You placed this hold; another person releases it.")
        if by.pk == row.worker_id:
            raise FourEyesRequired("This is your own money; another person releases it.")
        require_grant(by, "finance.approve")
        if not reason_text.strip():
            raise InvalidHold.of("/reason_text", "Say why.")
        text = reason_text.strip()
        _end(row, State.RELEASED, by=by.pk, now=now, also={"released_by": by, "release_text": text})
        return row


def appeal_hold(*, hold_id: UUID, appeal_text: str, by: Any, now: datetime) -> Hold:
    """Write why one's money should not be held; finance reads it beside the hold.

    Raises:
        UnknownHold: it is not one's own, or there is none.
        AlreadyAppealed: one has appealed before.
        InvalidHold: no text.
        IllegalTransition: it has ended.
    """
    with transaction.atomic():
        row = _lock(Hold.objects.filter(worker_id=by.pk), hold_id)
        if row.state != State.ACTIVE:
            raise states.IllegalTransition("This hold has ended.")
        if row.appeal_text:
            raise AlreadyAppealed
        if not 0 < len(appeal_text.strip()) <= 2000:
            raise InvalidHold.of("/appeal_text", "Write 1 to 2000 characters.")
        row.appeal_text, row.appealed_at, row.version = appeal_text.strip(), now, row.version + 1
        row.save(update_fields=["appeal_text", "appealed_at", "version"])
        audit.record(action="hold.appealed", target=row, by=by.pk, now=now, reason_text=row.appeal_text)
        return row


def end_due_holds(*, now: datetime, limit: int = 500) -> int:
    """End the holds whose time is over, and return how many; each in a transaction of its own."""
    due = Hold.objects.active().filter(ends_at__lte=now).order_by("ends_at", "id").values_list("id", flat=True)
    return sum(_expire(hold_id, now) for hold_id in list(due[:limit]))


def _expire(hold_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        row = _lock(Hold.objects.all(), hold_id)
        if row.state != State.ACTIVE:
            return False
        _end(row, State.EXPIRED, by=None, now=now)
        return True


@dataclass(frozen=True, slots=True)
class Holdback:
    """Keep so much of one worker's line back; ``source_key`` names the line."""

    worker_id: UUID
    money: Money
    source_key: str


def hold_back(rows: Sequence[Holdback], *, ends_at: datetime, by: UUID | None, now: datetime) -> None:
    """Keep parts of a cycle's lines back until ``ends_at``, all or none. The caller holds the payable balances' locks.

    Raises:
        InsufficientBalance: somebody's payable account does not hold so much.
    """
    holds = [
        Hold(
            id=uuid7(),
            worker_id=row.worker_id,
            currency=row.money.currency,
            amount_minor=row.money.amount_minor,
            held_minor=row.money.amount_minor,
            reason_code=HOLDBACK,
            reason_text="A share of each payment is kept for a time and paid afterwards.",
            placed_at=now,
            ends_at=ends_at,
            source_key=row.source_key,
        )
        for row in rows
    ]
    Hold.objects.bulk_create(holds, batch_size=500)
    _move(holds, to_held=True, by=by, now=now)
    publish_each([_news_of(hold) for hold in holds], now=now)


def undo_holdback(*, source_key: str, now: datetime) -> None:
    """Give back what was kept of a line whose payment came back, if it is still kept."""
    row = Hold.objects.active().select_for_update().filter(source_key=source_key).first()
    if row is not None:
        _end(row, State.UNDONE, by=None, now=now)


def _check(
    worker_id: UUID,
    currency: str,
    money: Money | None,
    reason_code: str,
    reason_text: str,
    ends_at: datetime,
    now: datetime,
) -> None:
    try:
        require_aware(ends_at)
    except ValueError as error:
        raise InvalidHold.of("/ends_at", f"{error}.") from error
    wrong = (
        ("worker", not get_user_model().objects.filter(pk=worker_id).exists(), "Nobody has this id."),
        ("money", money is not None and money.amount_minor <= 0, "Must be more than zero."),
        ("money", money is not None and money.currency != currency, "Must be of the hold's currency."),
        ("reason_code", not 0 < len(reason_code.strip()) <= 60, "Write a code of 1 to 60 characters."),
        ("reason_code", reason_code.strip() == HOLDBACK, "Cycles alone hold back."),
        ("reason_text", not 0 < len(reason_text.strip()) <= 500, "Say what for, in 1 to 500 characters."),
        ("ends_at", not now < ends_at <= now + LONGEST_HOLD, f"Must be within {LONGEST_HOLD.days} days from now."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    try:
        Money.zero(currency)
    except ValueError as error:
        problems.append(FieldProblem("/currency", "invalid", f"{error}."))
    if problems:
        raise InvalidHold(problems[0].detail, problems)


def _lock(scope: Any, hold_id: UUID) -> Hold:
    row: Hold | None = scope.select_for_update(of=("self",)).filter(id=hold_id).first()
    if row is None:
        raise UnknownHold
    return row


def _end(row: Hold, to: str, *, by: UUID | None, now: datetime, also: dict[str, Any] | None = None) -> None:
    text = (also or {}).get("release_text", "")
    states.move(row, to, by=by, now=now, reason_text=text, also={"released_at": now, **(also or {})})
    _move([row], to_held=False, by=by, now=now)
    if to != State.UNDONE:
        # Whose payment came back is told of that; the holdback of it is no news of its own.
        ended = HoldEnded(
            hold_id=row.id,
            worker_id=row.worker_id,
            currency=row.currency,
            held_minor=row.held_minor,
            state=to,
            words=text,
        )
        publish(ended, now=now)


def _news_of(row: Hold) -> HoldPlaced:
    return HoldPlaced(
        hold_id=row.id,
        worker_id=row.worker_id,
        currency=row.currency,
        held_minor=row.held_minor,
        is_on_all=row.is_on_all,
        is_holdback=row.reason_code == HOLDBACK,
        words=row.words,
    )


def _move(rows: Sequence[Hold], *, to_held: bool, by: UUID | None, now: datetime) -> None:
    post_entries([_entry(row, to_held, now) for row in rows if row.held_minor], by=by, now=now)


def _entry(row: Hold, to_held: bool, now: datetime) -> EntrySpec:
    free, kept = payable(row.worker_id, row.currency), held(row.worker_id, row.currency)
    line = LineSpec(free, kept, row.held) if to_held else LineSpec(kept, free, row.held)
    what, kind = ("placed", "HOLD_PLACED") if to_held else ("ended", "HOLD_ENDED")
    return EntrySpec(f"{row.source}:{what}", kind, now.date(), (line,), row.source)
