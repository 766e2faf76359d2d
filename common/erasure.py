"""Forgetting a person and keeping the books. The kernel conducts; each feature says in its ``erasure.py`` what it knows of people.

A feature registers a ``Part``: which rows are a person's and what becomes of each column, what stands in the way (money owed,
work under way), what the law has us keep and until when, and what ends with the person. ``erase`` then does all of it in one
transaction. What is left of a person is an opaque id: whatever points to it (books, judgments, acts) stays as it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, F, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from common.models import AuditEvent, Delivery, Erasure, IdempotencyKey, OutboxEvent
from common.redaction import ERASED, Names, redact_value

#: In ``PersonalRows.becomes``: the name that everybody reads in the place of the person's.
TOMBSTONE: Final = object()
#: Keys of news that hold something of a person's which the news of others does not need.
_PRIVATE_KEYS: Final = ("bank_last4",)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why somebody cannot be erased now: a code for programs, words for whoever has to clear it away."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of a person because law asks for it, which law, and the day from which it does no more."""

    what: str
    source: str
    until: date


@dataclass(frozen=True, slots=True)
class Erasing:
    """One erasure while it happens. ``salt`` is known to nobody afterwards."""

    person_id: UUID
    names: Names
    by: UUID | None
    now: datetime
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def tombstone(self) -> str:
        """The name that stands in the place of the person's."""
        return tombstone_of(self.person_id)


type Find = Callable[[Erasing], QuerySet[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRows:
    """Which rows of a table are a person's, and what becomes of their columns.

    ``becomes``: a value for all rows. ``derived``: a value made of each row. ``own_words``: what the person wrote; where there is
    something, ``ERASED`` stands afterwards. ``named``: what others wrote about them; their names are taken out and the rest stays.
    ``is_deleted``: the rows go. ``is_kept_first``: law may have us keep them, until a term ends.
    ``counts_up``: who read a row before must see by its ``version`` that it is another one now.
    """

    model: type[Model]
    find: Find
    becomes: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, Callable[[Erasing, Any], Any]] = field(default_factory=dict)
    own_words: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    is_deleted: bool = False
    is_kept_first: bool = False
    counts_up: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns about which this decides."""
        if self.is_deleted:
            return frozenset(each.name for each in self.model._meta.concrete_fields)
        return frozenset({*self.becomes, *self.derived, *self.own_words, *self.named})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one feature knows of people.

    ``close`` ends what cannot go on without them, before their rows change; ``end_kept`` lets go what law had us keep, once it does
    no more, after which the rows that were kept are treated.
    """

    rows: Sequence[PersonalRows] = ()
    names: Callable[[UUID], Iterable[str]] = lambda person_id: ()
    obstacles: Callable[[UUID, datetime], Iterable[Obstacle]] = lambda person_id, now: ()
    keeps: Callable[[UUID, datetime], Iterable[Kept]] = lambda person_id, now: ()
    close: Callable[[Erasing], None] = lambda erasing: None
    end_kept: Callable[[Erasing], None] = lambda erasing: None


_parts: dict[str, Part] = {}


def register_part(name: str, part: Part) -> None:
    """Let ``erase`` treat what a feature knows of people; ``name`` is ``app.feature``."""
    _parts[name] = part


def list_parts() -> dict[str, Part]:
    """Return what every feature registered."""
    return dict(_parts)


def owned(model: type[Model], *lookups: str, **only: Any) -> Find:
    """Return how to find the rows of which one of ``lookups`` is the person's id."""

    def find(erasing: Erasing) -> QuerySet[Any]:
        mine = Q()
        for lookup in lookups:
            mine |= Q(**{lookup: erasing.person_id})
        return model._default_manager.filter(mine, **only)

    return find


def tombstone_of(person_id: UUID) -> str:
    """Return what an erased person is called: no name, and two of them are told apart."""
    return f"Erased person {str(person_id)[-8:]}"


def is_erased(person_id: UUID | str) -> bool:
    """Say whether somebody was erased."""
    return Erasure.objects.filter(person_id=UUID(str(person_id)), kind=Erasure.Kind.ERASED).exists()


def erased_people() -> QuerySet[Any]:
    """Return the ids of everybody who was erased, for use in ``..._id__in=``."""
    return Erasure.objects.filter(kind=Erasure.Kind.ERASED).values("person_id")


def list_obstacles(person_id: UUID, *, now: datetime) -> list[Obstacle]:
    """Return everything that stands in the way of erasing somebody; empty where nothing does."""
    return [each for _, part in sorted(_parts.items()) for each in part.obstacles(person_id, now)]


def list_kept(person_id: UUID, *, now: datetime) -> list[Kept]:
    """Return what law has us keep of somebody if they are erased at ``now``."""
    return [each for _, part in sorted(_parts.items()) for each in part.keeps(person_id, now)]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: its row of the journal, what is kept, and how many rows changed or went, by table."""

    row: Erasure
    kept: Sequence[Kept]
    changed: Mapping[str, int]


def erase(
    *,
    person_id: UUID,
    by: UUID,
    reason_code: str,
    now: datetime,
    at: datetime | None = None,
    kept_until: date | None = None,
) -> Erased:
    """Put a tombstone in the place of a person, in one transaction. What stands in the way is the caller's question.

    ``at`` is when they were erased first, where a restored database is told again; it then keeps no shorter than ``kept_until``.
    """
    with transaction.atomic():
        # Whoever writes a new row about the person reads theirs first, and waits here.
        get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=person_id)
        parts = [part for _, part in sorted(_parts.items())]
        names = Names.of(text for part in parts for text in part.names(person_id))
        erasing = Erasing(person_id=person_id, names=names, by=by, now=now)
        kept = list_kept(person_id, now=now)
        terms = [each.until for each in kept] + ([kept_until] if kept_until else [])
        row = Erasure.objects.create(
            person_id=person_id,
            kind=Erasure.Kind.ERASED,
            at=at or now,
            by_id=by,
            reason_code=reason_code,
            kept_until=max(terms, default=None),
            replayed_at=now if at else None,
        )
        changed = _redact_kernel(erasing, parts)
        for part in parts:
            part.close(erasing)
        for part in parts:
            for rows in part.rows:
                table = rows.model._meta.db_table
                changed[table] = changed.get(table, 0) + erase_rows(rows, erasing)
        return Erased(row, kept, {table: count for table, count in sorted(changed.items()) if count})


def end_kept_terms(*, now: datetime) -> int:
    """Let go whatever was kept of erased people and has to be kept no more, and return of how many people."""
    ended = Erasure.objects.filter(kind=Erasure.Kind.KEPT_ENDED).values("person_id")
    due = Erasure.objects.filter(kind=Erasure.Kind.ERASED, kept_until__lte=now.date()).exclude(person_id__in=ended)
    people = list(due.order_by("id").values_list("person_id", flat=True))
    for person_id in people:
        _end_kept(person_id, now)
    return len(people)


def _end_kept(person_id: UUID, now: datetime) -> None:
    erasing = Erasing(person_id=person_id, names=Names((), ()), by=None, now=now)
    parts = [part for _, part in sorted(_parts.items())]
    with transaction.atomic():
        Erasure.objects.create(person_id=person_id, kind=Erasure.Kind.KEPT_ENDED, at=now, reason_code="TERM_ENDED")
        for part in parts:
            part.end_kept(erasing)
        for part in parts:
            for rows in part.rows:
                if rows.is_kept_first:
                    erase_rows(rows, erasing)


def erase_rows(rows: PersonalRows, erasing: Erasing) -> int:
    """Treat a person's rows of one table and return how many they are."""
    found = rows.find(erasing)
    if rows.is_deleted:
        return found.delete()[0]
    count = found.count()
    if rows.becomes:
        values = {name: erasing.tombstone if each is TOMBSTONE else each for name, each in rows.becomes.items()}
        found.update(**values, **({"version": F("version") + 1} if rows.counts_up else {}))
    for name in rows.own_words:
        rows.find(erasing).exclude(**{name: ""}).update(**{name: ERASED})
    if rows.derived:
        for row in rows.find(erasing):
            values = {name: make(erasing, row) for name, make in rows.derived.items()}
            rows.model._default_manager.filter(pk=row.pk).update(**values)
    if rows.named:
        _redact(rows.find(erasing), rows.named, erasing.names)
    return count


def _redact(found: QuerySet[Any], columns: Sequence[str], names: Names) -> int:
    """Take the names out of these columns (texts or JSON), and return how many rows held any."""
    count = 0
    for row in _mentioning(found, columns, names).only("pk", *columns):
        before = {name: getattr(row, name) for name in columns}
        after = {name: redact_value(value, names) for name, value in before.items()}
        if after != before:
            found.model._default_manager.filter(pk=row.pk).update(**after)
            count += 1
    return count


def _mentioning(found: QuerySet[Any], columns: Sequence[str], names: Names) -> QuerySet[Any]:
    """Narrow to rows that may hold one of the names, so that few are read."""
    as_text = {f"text_of_{name}": Cast(name, TextField()) for name in columns}
    hinted = Q(pk__in=())
    for name in as_text:
        for hint in names.hints:
            hinted |= Q(**{f"{name}__icontains": hint})
    narrowed: QuerySet[Any] = found.annotate(**as_text).filter(hinted)
    return narrowed


def _redact_kernel(erasing: Erasing, parts: Sequence[Part]) -> dict[str, int]:
    """Treat the kernel's own rows: acts by and about the person, news of them, stored answers."""
    mine = AuditEvent.objects.filter(actor_id=erasing.person_id)
    said = mine.exclude(reason_text="").update(reason_text=ERASED)
    about = [rows for part in parts for rows in part.rows if hasattr(rows.model, "pk")]
    named = sum(_redact(acts, ("reason_text", "detail"), erasing.names) for acts in (mine, *_acts_on(erasing, about)))
    return {
        AuditEvent._meta.db_table: said + named,
        OutboxEvent._meta.db_table: _redact_news(erasing),
        IdempotencyKey._meta.db_table: _redact_answers(erasing),
    }


def _acts_on(erasing: Erasing, about: Sequence[PersonalRows]) -> Iterable[QuerySet[AuditEvent]]:
    for rows in about:
        ids = rows.find(erasing).annotate(id_text=Cast("pk", CharField())).values("id_text")
        yield AuditEvent.objects.filter(object_type=rows.model._meta.label_lower, object_id__in=ids)


def _redact_news(erasing: Erasing) -> int:
    """Take names and bank digits out of the news that names the person by id; their deliveries' errors may repeat them."""
    as_text = OutboxEvent.objects.annotate(text=Cast("payload", TextField()))
    news = as_text.filter(text__contains=str(erasing.person_id))
    count = 0
    for event in news:
        private = {key: ERASED for key in _PRIVATE_KEYS if event.payload.get(key)}
        after = {**redact_value(event.payload, erasing.names), **private}
        if after != event.payload:
            OutboxEvent.objects.filter(pk=event.pk).update(payload=after)
            count += 1
    Delivery.objects.filter(event_id__in=news.values("id")).exclude(last_error="").update(last_error=ERASED)
    return count


def _redact_answers(erasing: Erasing) -> int:
    """Forget the answers stored for the person, and take their names out of those stored for others."""
    gone, _ = IdempotencyKey.objects.filter(principal=f"user:{erasing.person_id}").delete()
    return gone + _redact(IdempotencyKey.objects.filter(body__isnull=False), ("body",), erasing.names)
