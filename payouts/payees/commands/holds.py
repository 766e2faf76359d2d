"""Holds on where money goes: placed by what happened, lifted by two people or by time.

Whoever places one locks the payee's row, as whoever pays does: one of the two comes first, and the other sees what it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import Conflict, FourEyesRequired, StaleVersion
from common.events import publish
from common.permissions import has_grant, require_grant
from payouts.events import PayeeDestinationChanged, PayeeHeld
from payouts.payees.errors import InvalidRelease, UnknownPayeeHold
from payouts.payees.models import Payee, PayeeHold
from payouts.payees.rules import DESTINATION_HOLD, HOLD_WORDS

Kind = PayeeHold.Kind
#: How long a reason, a proposal or an appeal may be, in characters.
LONGEST_TEXT = 2000


def place(
    payee: Payee,
    kind: str,
    *,
    subject: str,
    now: datetime,
    reason_text: str = "",
    facts: Mapping[str, Any] | None = None,
    ends: bool = False,
) -> PayeeHold | None:
    """Pay this payee nothing from now on, for 72 hours where ``ends``, else until two people lift it.

    Placed once for each kind and ``subject``: what was looked at and lifted is not held again for the same thing. The
    caller has locked the payee's row. Returns the hold, or None where there was one already.
    """
    row = PayeeHold(
        worker_id=payee.worker_id,
        kind=kind,
        subject=subject,
        reason_text=reason_text or HOLD_WORDS[kind],
        facts=dict(facts or {}),
        started_at=now,
        ends_at=now + DESTINATION_HOLD if ends else None,
    )
    if PayeeHold.objects.filter(worker_id=payee.worker_id, kind=kind, subject=subject).exists():
        return None
    row.save(force_insert=True)
    audit.record(action="payeehold.placed", target=row, by=None, now=now, reason_code=kind, reason_text=row.reason_text)
    if kind == Kind.DESTINATION_CHANGED:
        news = PayeeDestinationChanged(
            worker_id=payee.worker_id,
            bank_last4=payee.bank_last4,
            hold_until=row.ends_at.isoformat(),  # type: ignore[union-attr]
        )
        publish(news, now=now)
    else:
        publish(PayeeHeld(hold_id=row.id, worker_id=payee.worker_id, kind=kind, words=row.words), now=now)
    return row


def hold_after_security_change(*, worker_id: UUID, what: str, now: datetime) -> PayeeHold | None:
    """Pay nothing for 72 hours to somebody whose way of logging in changed; ``what`` says which, as in "password".

    Somebody who has no account to be paid to yet is held by nothing: there is nothing to divert.
    """
    with transaction.atomic():
        payee = Payee.objects.select_for_update(no_key=True).filter(worker_id=worker_id).first()
        if payee is None or not payee.account_id:
            return None
        return place(
            payee,
            Kind.SECURITY_CHANGED,
            subject=f"{what}:{now.isoformat()}",
            reason_text=f"Your {what} was changed.",
            now=now,
            ends=True,
        )


def propose_lift(
    *, hold_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> PayeeHold:
    """Propose that a hold ends, with what was found; another person lifts it. A later proposal takes the place of an earlier.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        FourEyesRequired: it is over ``by``'s own money.
        InvalidRelease: no words, or too many.
        Conflict: it has ended. UnknownPayeeHold, StaleVersion
    """
    if not has_grant(by, "finance.prepare"):
        require_grant(by, "finance.approve")
    with transaction.atomic():
        row = _lock(hold_id, by, expected_version, now)
        row.proposal_text, row.proposed_by, row.proposed_at = _words(reason_text, "/reason_text"), by, now
        _save(row, "proposal_text", "proposed_by", "proposed_at")
        audit.record(action="payeehold.proposed", target=row, by=by.pk, now=now, reason_text=row.proposal_text)
        return row


def lift(*, hold_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None) -> PayeeHold:
    """End a hold as somebody else proposed; from now on the payee can be paid again, if nothing else is in the way.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold, or it is over their own money.
        NotPermitted: ``by`` does not approve.
        InvalidRelease: nobody has proposed it, or there are no words.
        Conflict: it has ended. UnknownPayeeHold, StaleVersion
    """
    with transaction.atomic():
        row = _lock(hold_id, by, expected_version, now)
        if row.proposed_by_id is None:
            raise InvalidRelease("Nobody has proposed to lift this hold; one person proposes, another lifts it.")
        if by.pk == row.proposed_by_id:
            raise FourEyesRequired("You proposed this; another person lifts the hold.")
        require_grant(by, "finance.approve")
        row.lift_text, row.lifted_by, row.lifted_at = _words(reason_text, "/reason_text"), by, now
        _save(row, "lift_text", "lifted_by", "lifted_at")
        audit.record(action="payeehold.lifted", target=row, by=by.pk, now=now, reason_text=row.lift_text)
        return row


def appeal(*, hold_id: UUID, appeal_text: str, by: Any, now: datetime) -> PayeeHold:
    """Write why one should be paid, once; finance reads it beside the hold.

    Raises:
        InvalidRelease: no words, or too many.
        Conflict: it has ended, or one has appealed. UnknownPayeeHold: it is not one's own, or there is none.
    """
    with transaction.atomic():
        row = PayeeHold.objects.select_for_update(of=("self",)).filter(id=hold_id, worker_id=by.pk).first()
        if row is None:
            raise UnknownPayeeHold
        _require_open(row, now)
        if row.appeal_text:
            raise Conflict("You have appealed against this hold.")
        row.appeal_text, row.appealed_at = _words(appeal_text, "/appeal_text"), now
        _save(row, "appeal_text", "appealed_at")
        audit.record(action="payeehold.appealed", target=row, by=by.pk, now=now, reason_text=row.appeal_text)
        return row


def _lock(hold_id: UUID, by: Any, expected_version: int | None, now: datetime) -> PayeeHold:
    row = PayeeHold.objects.visible_to(by).select_for_update(of=("self",)).filter(id=hold_id).first()
    if row is None:
        raise UnknownPayeeHold
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    if by.pk == row.worker_id:
        raise FourEyesRequired("This is your own money; other people decide.")
    _require_open(row, now)
    return row


def _require_open(row: PayeeHold, now: datetime) -> None:
    if not row.stops(now):
        raise Conflict("This hold has ended.")


def _words(text: str, pointer: str) -> str:
    words = text.strip()
    if not 0 < len(words) <= LONGEST_TEXT:
        raise InvalidRelease.of(pointer, f"Write 1 to {LONGEST_TEXT} characters.")
    return words


def _save(row: PayeeHold, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])
