"""Facts about the database that the tests run on."""

import shutil
import threading
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import IntegrityError, ProgrammingError

from common import clock
from common.models import OutboxEvent
from config import testpg


def _write_news() -> OutboxEvent:
    return OutboxEvent.objects.create(name="config.test.happened", payload={}, occurred_at=clock.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_that_commits_leaves_no_row_to_the_next_even_in_append_only_tables(turn: str) -> None:
    assert OutboxEvent.objects.count() == 0

    _write_news()

    assert OutboxEvent.objects.count() == 1


def test_other_threads_and_processes_see_what_a_test_with_a_fresh_database_commits(fresh_database: str) -> None:
    _write_news()
    seen: list[int] = []

    def count() -> None:
        seen.append(OutboxEvent.objects.count())
        connections.close_all()

    thread = threading.Thread(target=count)
    thread.start()
    thread.join()
    with psycopg.connect(fresh_database) as other:
        row = other.execute("SELECT count(*) FROM common_outboxevent").fetchone()

    assert seen == [1]
    assert row == (1,)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["DELETE FROM common_outboxevent", "UPDATE common_outboxevent SET name = 'x'"])
def test_the_application_has_no_right_to_change_append_only_rows(statement: str) -> None:
    _write_news()

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(f"SET LOCAL ROLE muster_app; {statement}")

    assert OutboxEvent.objects.filter(name="config.test.happened").count() == 1


@pytest.mark.django_db
def test_the_application_can_append_to_append_only_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE muster_app")

        _write_news()

    assert OutboxEvent.objects.count() == 1


@pytest.mark.django_db
def test_even_the_owner_can_not_change_append_only_rows() -> None:
    _write_news()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        OutboxEvent.objects.update(name="changed")

    assert OutboxEvent.objects.filter(name="config.test.happened").count() == 1


def test_the_server_lives_in_memory_only_where_there_is_plenty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(testpg, "LEAST_MEMORY", 1)
    plenty = testpg.choose_root(tmp_path)
    monkeypatch.setattr(testpg, "LEAST_MEMORY", usage.total * 1000)
    little = testpg.choose_root(tmp_path)

    assert (plenty, little) == (tmp_path, testpg.SHORT_ROOT)
    assert testpg.choose_root(tmp_path / "absent") == testpg.SHORT_ROOT
