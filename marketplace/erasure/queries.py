"""Reads of requests to be forgotten and of the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.erasure import Kept, Obstacle, list_kept, list_obstacles
from common.models import Erasure
from marketplace.erasure.errors import ErasureRequestNotFound
from marketplace.erasure.models import ErasureRequest
from marketplace.erasure.rules import JournalLine
from marketplace.identity.errors import UserNotFound
from marketplace.identity.models import User


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing somebody now would meet: what has to be settled first, and what law has us keep."""

    obstacles: Sequence[Obstacle]
    kept: Sequence[Kept]


def outlook_for(person_id: UUID, *, now: datetime) -> Outlook:
    """Return what stands in the way of erasing somebody now, and what would be kept."""
    return Outlook(list_obstacles(person_id, now=now), list_kept(person_id, now=now))


def find_own_request(user: User) -> ErasureRequest | None:
    """Return one's own newest request."""
    return ErasureRequest.objects.filter(person=user).order_by("-id").first()


def list_requests(user: Any) -> QuerySet[ErasureRequest]:
    """Return the requests that ``user`` may see, newest first."""
    rows = ErasureRequest.objects.visible_to(user).select_related("person", "asked_by", "decided_by")
    return rows.order_by("-id")


def get_request(user: Any, request_id: UUID) -> ErasureRequest:
    """Return a request that ``user`` may see.

    Raises:
        ErasureRequestNotFound.
    """
    row = list_requests(user).filter(id=request_id).first()
    if row is None:
        raise ErasureRequestNotFound
    return row


def find_erasure(person_id: UUID) -> Erasure | None:
    """Return the journal's row of somebody who was erased."""
    return Erasure.objects.filter(person_id=person_id, kind=Erasure.Kind.ERASED).first()


def list_erasures() -> QuerySet[Erasure]:
    """Return the journal of erasures, newest first."""
    return Erasure.objects.order_by("-id")


def read_journal() -> Iterator[JournalLine]:
    """Yield every erasure of a person for a file, oldest first."""
    rows = Erasure.objects.filter(kind=Erasure.Kind.ERASED).order_by("at", "id")
    for row in rows.iterator(chunk_size=2000):
        if row.by_id is not None:  # the database refuses an erasure by nobody
            yield JournalLine(row.person_id, row.at, row.by_id, row.reason_code, row.kept_until)


def get_person(text: str) -> User:
    """Return the person with this id or e-mail address, erased or not.

    Raises:
        UserNotFound.
    """
    people = User.objects.filter(kind=User.Kind.PERSON)
    try:
        found = people.filter(id=UUID(text)).first()
    except ValueError:
        found = people.filter(email__iexact=text.strip()).first()
    if found is None:
        raise UserNotFound
    return found
