"""Verbs of being forgotten. Lock order: request, then the person's row, then what each feature locks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction

from common import audit, events, states
from common.authentication import require_recent_login
from common.erasure import Erased, Kept, erase, is_erased, list_obstacles
from common.errors import FieldProblem, FourEyesRequired, InvalidInput, NotPermitted
from common.models import Erasure
from common.permissions import require_grant
from common.text import clean_text
from marketplace.erasure.errors import ErasureAskedBefore, ErasureObstructed, ErasureRequestNotFound
from marketplace.erasure.events import ErasureRefused, ErasureRequested, PersonErased
from marketplace.erasure.models import ErasureRequest
from marketplace.erasure.queries import find_erasure
from marketplace.erasure.rules import JournalLine
from marketplace.identity.errors import PersonErased as AlreadyErased
from marketplace.identity.errors import UserNotFound
from marketplace.identity.models import User

logger = logging.getLogger(__name__)
State = ErasureRequest.State
ERASE = "people.erase"
LONGEST_ANSWER = 2000


@transaction.atomic
def request_erasure(*, by: User, now: datetime, authenticated_at: datetime | None) -> ErasureRequest:
    """Ask to be forgotten. Nothing happens yet: another person looks at what stands in the way, and answers within a month.

    Raises:
        ReauthRequired: who asks has not proved who they are within ten minutes. NotPermitted: an API key is nobody.
        ErasureAskedBefore.
    """
    if by.kind != User.Kind.PERSON:
        raise NotPermitted("Only a person can be forgotten.")
    require_recent_login(authenticated_at, now=now)
    return _open(by, by, now)


@transaction.atomic
def record_request(*, person_id: UUID, by: User, now: datetime) -> ErasureRequest:
    """Write down that somebody asked by letter or mail to be forgotten; another operator than ``by`` carries it out.

    Raises:
        NotPermitted: ``by`` is no operator, or the person: they ask on their own page. UserNotFound; PersonErased;
        ErasureAskedBefore.
    """
    require_grant(by, ERASE)
    if person_id == by.pk:
        raise NotPermitted("Ask for yourself on your own account page.")
    person = User.objects.filter(id=person_id, kind=User.Kind.PERSON).first()
    if person is None:
        raise UserNotFound
    if is_erased(person_id):
        raise AlreadyErased
    return _open(person, by, now)


def _open(person: User, by: User, now: datetime) -> ErasureRequest:
    row = ErasureRequest(person=person, asked_by=by, asked_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ErasureAskedBefore from error
    audit.record(action="erasurerequest.open", target=row, by=by.pk, now=now)
    events.publish(ErasureRequested(request_id=row.id, person_id=person.pk, asked_by_id=by.pk), now=now)
    return row


@transaction.atomic
def withdraw_request(*, by: User, now: datetime) -> ErasureRequest:
    """Take back one's own open request.

    Raises:
        ErasureRequestNotFound: none is open.
    """
    row = ErasureRequest.objects.select_for_update().filter(person=by, state=State.OPEN).first()
    if row is None:
        raise ErasureRequestNotFound("You have no open request to be forgotten.")
    states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
    return row


@transaction.atomic
def refuse_request(*, request_id: UUID, answer: str, by: User, now: datetime) -> ErasureRequest:
    """Refuse a request, with words that the person reads: what has to be settled, or why not.

    Raises:
        ErasureRequestNotFound, NotPermitted, FourEyesRequired, IllegalTransition; InvalidInput: no words.
    """
    row = _lock(request_id, by)
    words = _clean(answer)
    also = {"decided_by": by, "decided_at": now, "answer": words}
    states.move(row, State.REFUSED, by=by.pk, now=now, reason_text=words, also=also)
    events.publish(ErasureRefused(request_id=row.id, person_id=row.person_id, words=words), now=now)
    return row


@transaction.atomic
def carry_out(*, request_id: UUID, by: User, now: datetime, authenticated_at: datetime | None) -> Erased:
    """Erase the person of a request, for good, and tell them at their old address what is kept and why.

    Raises:
        ErasureRequestNotFound, NotPermitted; FourEyesRequired: ``by`` is the person, or asked. ReauthRequired. IllegalTransition:
        it is decided. ErasureObstructed: with each thing that has to be settled first.
    """
    row = _lock(request_id, by)
    require_recent_login(authenticated_at, now=now)
    return _carry_out(row, by, now)


@transaction.atomic
def erase_person(*, person_id: UUID, by: User, now: datetime) -> Erased:
    """Erase somebody who asked outside of the portal, or whose request is open: the verb of the command line.

    Raises:
        NotPermitted, FourEyesRequired, UserNotFound, PersonErased, ErasureObstructed: as ``carry_out``.
    """
    require_grant(by, ERASE)
    person = User.objects.filter(id=person_id, kind=User.Kind.PERSON).first()
    if person is None:
        raise UserNotFound
    if is_erased(person_id):
        raise AlreadyErased
    row = ErasureRequest.objects.filter(person=person, state=State.OPEN).first() or _open(person, person, now)
    return _carry_out(_lock(row.id, by), by, now)


def _lock(request_id: UUID, by: User) -> ErasureRequest:
    rows = ErasureRequest.objects.visible_to(by).select_for_update(of=("self",)).select_related("person")
    row = rows.filter(id=request_id).first()
    if row is None:
        raise ErasureRequestNotFound
    if by.pk in (row.person_id, row.asked_by_id):
        raise FourEyesRequired("Somebody who is neither the person nor asked for it decides.")
    require_grant(by, ERASE)
    return row


def _carry_out(row: ErasureRequest, by: User, now: datetime) -> Erased:
    # Before looking: whatever would stand in the way points to this row, and waits.
    User.objects.select_for_update(of=("self",)).get(id=row.person_id)
    obstacles = list_obstacles(row.person_id, now=now) if states.can_move(row, State.CARRIED_OUT) else []
    if obstacles:
        problems = [FieldProblem("/person", each.code, each.words) for each in obstacles]
        raise ErasureObstructed(" ".join(each.words for each in obstacles), problems)
    address = row.person.email
    states.move(row, State.CARRIED_OUT, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
    erased = erase(person_id=row.person_id, by=by.pk, reason_code="REQUESTED", now=now)
    audit.record(action="user.erased", target=row.person, by=by.pk, now=now, detail={"erasure": str(erased.row.id)})
    until = str(erased.row.kept_until or "")
    events.publish(PersonErased(person_id=row.person_id, kept_until=until), now=now)
    # The address is written nowhere any more, so this one mail cannot wait in a table.
    transaction.on_commit(partial(_tell, address, erased.kept))
    return erased


def _tell(address: str, kept: Sequence[Kept]) -> None:
    lines = ["You asked to be forgotten. Your account and what it said of you are erased.", ""]
    lines += [f"Law has us keep until {each.until}: {each.what}. ({each.source})" for each in kept]
    lines += [
        "The books keep payments, and quality keeps judgments, by a number that names nobody.",
        "Your account at the payment provider is your own: close it there, or ask the provider to.",
    ]
    try:
        send_mail("You are forgotten", "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [address])
    except OSError:
        logger.exception("erasure.farewell_failed")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a file of the journal: erased again, erased already, and people whom this database does not know.

    ``open_ends`` says in words what was not settled here when each of them was erased again.
    """

    erased: Sequence[UUID]
    known: int
    unknown: int
    open_ends: Sequence[str]


def replay_journal(*, lines: Iterable[JournalLine], now: datetime) -> Replayed:
    """Erase again, in a restored database, whoever the journal says was erased; a second time nothing happens.

    Nothing stands in the way: they were erased, and the database is older. What is not settled in it is said instead.
    """
    erased, open_ends, known, unknown = [], [], 0, 0
    for line in lines:
        if find_erasure(line.person_id) is not None:
            known += 1
        elif not User.objects.filter(id=line.person_id, kind=User.Kind.PERSON).exists():
            unknown += 1
        else:
            open_ends += [f"{line.person_id}: {each.words}" for each in list_obstacles(line.person_id, now=now)]
            _erase_again(line, now)
            erased.append(line.person_id)
    return Replayed(erased, known, unknown, open_ends)


@transaction.atomic
def _erase_again(line: JournalLine, now: datetime) -> Erasure:
    for row in ErasureRequest.objects.select_for_update().filter(person_id=line.person_id, state=State.OPEN):
        # Whoever carried it out may not be in a database that old: it ends as withdrawn, and the journal says the rest.
        also = {"decided_by": row.asked_by, "decided_at": now}
        states.move(row, State.WITHDRAWN, by=None, now=now, reason_code="REPLAYED", also=also)
    done = erase(
        person_id=line.person_id,
        by=line.by_id,
        reason_code=line.reason_code,
        now=now,
        at=line.at,
        kept_until=line.kept_until,
    )
    person = User.objects.get(id=line.person_id)
    audit.record(action="user.erased", target=person, by=None, now=now, reason_code="REPLAYED")
    return done.row


def _clean(text: str) -> str:
    try:
        words = clean_text(text, max_length=LONGEST_ANSWER)
    except ValueError as error:
        raise InvalidInput.of("/answer", str(error)) from error
    if not words:
        raise InvalidInput.of("/answer", "Say why: the person reads it.", "required")
    return words
