"""News: written with what made it true, acted on once by each handler, never lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, ClassVar
from uuid import UUID

import pytest
from celery import current_app
from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from common import audit, events
from common.events import Event, deliver_due, deliver_event, publish, subscribe
from common.identifiers import uuid7
from common.models import AuditEvent, Delivery, OutboxEvent
from common.queue import enqueue_on_commit

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    """A lamp was lit."""

    name: ClassVar[str] = "tests.lamp.lit"
    lamp_id: UUID


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without anybody's subscriptions."""
    monkeypatch.setattr(events, "_handlers", {})


@pytest.fixture
def seen() -> list[Any]:
    """Collect what two handlers were told."""
    seen: list[Any] = []

    def note(payload: Any, now: datetime) -> None:
        seen.append(("note", payload["lamp_id"]))

    def ring(payload: Any, now: datetime) -> None:
        seen.append(("ring", payload["lamp_id"]))

    subscribe(LampLit, note)
    subscribe(LampLit, ring)
    return seen


def light() -> OutboxEvent:
    return publish(LampLit(lamp_id=uuid7()), now=NOW)


@transaction.atomic
def in_a_transaction_that_fails(act: Callable[[], object]) -> None:
    act()
    raise ZeroDivisionError


def fail(payload: Any, now: datetime) -> None:
    raise ZeroDivisionError


@pytest.mark.django_db
def test_each_handler_acts_once_however_often_the_news_is_delivered(seen: list[Any]) -> None:
    event = light()

    acted = [deliver_event(event.id, now=NOW) for _ in range(3)]

    assert acted == [2, 0, 0]
    assert sorted(name for name, _ in seen) == ["note", "ring"]
    assert {lamp for _, lamp in seen} == {event.payload["lamp_id"]}


@pytest.mark.django_db
def test_subscribing_twice_is_subscribing_once(seen: list[Any]) -> None:
    def note(payload: Any, now: datetime) -> None:
        seen.append("again")

    subscribe(LampLit, note)
    subscribe(LampLit, note)

    assert light().deliveries.count() == 3


@pytest.mark.django_db
def test_news_of_a_transaction_that_fails_never_happened(seen: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        in_a_transaction_that_fails(light)

    assert not OutboxEvent.objects.exists()
    assert deliver_due(now=NOW) == 0


@pytest.mark.django_db
def test_a_failing_handler_undoes_its_own_writes_holds_nobody_up_and_tries_again(seen: list[Any]) -> None:
    broken = True

    def write(payload: Any, now: datetime) -> None:
        OutboxEvent.objects.create(name="tests.effect", payload={}, occurred_at=now)
        if broken:
            raise RuntimeError("the bell is broken")

    subscribe(LampLit, write)
    event = light()

    first = deliver_event(event.id, now=NOW)
    row = Delivery.objects.get(delivered_at=None)
    effects = OutboxEvent.objects.filter(name="tests.effect").count()
    too_early = deliver_due(now=NOW + timedelta(seconds=9))
    still = deliver_due(now=NOW + timedelta(seconds=10))
    broken = False
    mended = deliver_due(now=NOW + timedelta(seconds=30))

    assert (first, effects, too_early, still, mended) == (2, 0, 0, 0, 1)
    assert (row.attempts, row.last_error) == (1, "RuntimeError: the bell is broken")
    assert row.next_attempt_at == NOW + timedelta(seconds=10)
    assert OutboxEvent.objects.filter(name="tests.effect").count() == 1


@pytest.mark.django_db
def test_a_handler_that_fails_for_long_is_asked_once_an_hour(seen: list[Any]) -> None:
    event = light()
    Delivery.objects.filter(event=event).update(attempts=500)
    events._handlers[LampLit.name] = dict.fromkeys(events._handlers[LampLit.name], fail)

    deliver_event(event.id, now=NOW)

    assert set(Delivery.objects.values_list("next_attempt_at", flat=True)) == {NOW + timedelta(hours=1)}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_let_each_handler_act_once() -> None:
    def write(payload: Any, now: datetime) -> None:
        OutboxEvent.objects.create(name="tests.effect", payload={}, occurred_at=now)

    subscribe(LampLit, write)
    published = [light() for _ in range(20)]
    start = Barrier(4)

    def work(_: int) -> int:
        start.wait(5)
        try:
            return sum(deliver_event(event.id, now=NOW) for event in published)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        acted = sum(pool.map(work, range(4)))

    assert acted == 20
    assert OutboxEvent.objects.filter(name="tests.effect").count() == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("refused"), ConnectionRefusedError("refused")])
def test_work_is_kept_when_the_broker_is_gone(
    seen: list[Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(current_app, "send_task", refuse)

    light()

    assert deliver_due(now=NOW) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_after_the_commit_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: sent.append((name, options["args"])))

    with transaction.atomic():
        enqueue_on_commit("tests.task", "7")
        inside = list(sent)
    with pytest.raises(ZeroDivisionError):
        in_a_transaction_that_fails(lambda: enqueue_on_commit("tests.task", "8"))

    assert (inside, sent) == ([], [("tests.task", ["7"])])


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["common_outboxevent", "common_auditevent"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_news_and_acts_are_written_once(table: str, statement: str) -> None:
    event = publish(LampLit(lamp_id=uuid7()), now=NOW)
    audit.record(action="lamp.lit", target=event, by=None, now=NOW)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement.format(table)}")

    assert (OutboxEvent.objects.count(), AuditEvent.objects.count()) == (1, 1)
