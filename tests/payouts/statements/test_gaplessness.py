"""Numbers without a gap: eight connections issue at once and one is killed, and a sequence is shown to leave one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from common import clock
from payouts.statements.commands import issue_statement
from payouts.statements.models import Statement
from tests.payouts.people import make_person
from tests.payouts.statements.stating import paid

CONNECTIONS = 8
KILLED = 3


def at_once(act: Callable[[int], None]) -> list[str]:
    """Let each of eight connections act in a transaction; the killed one dies just before its commit."""
    gate, ends = threading.Barrier(CONNECTIONS), [""] * CONNECTIONS

    def run(number: int) -> None:
        try:
            gate.wait(20)
            with transaction.atomic():
                act(number)
                if number == KILLED:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            ends[number] = "committed"
        except OperationalError:
            ends[number] = "killed"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends


@pytest.mark.usefixtures("fresh_database")
def test_eight_connections_of_which_one_dies_leave_no_gap_where_a_sequence_leaves_one() -> None:
    bola: Any = make_person("Bola")
    payouts = [paid(make_person(f"Ada{number}"), bola) for number in range(CONNECTIONS)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE naive; CREATE TABLE naively_numbered (number bigint PRIMARY KEY)")

    ends = at_once(lambda number: _issue(payouts[number]))
    naive_ends = at_once(_number_naively)

    assert sorted(ends) == sorted(naive_ends) == ["committed"] * 7 + ["killed"]
    assert sorted(Statement.objects.values_list("number", flat=True)) == list(range(1, 8))
    with connection.cursor() as cursor:
        # The next one shows the gap even where the killed one drew the last number.
        cursor.execute("INSERT INTO naively_numbered SELECT nextval('naive')")
        cursor.execute("SELECT count(*), max(number) FROM naively_numbered")
        assert cursor.fetchone() == (8, 9)

    _issue(payouts[KILLED])

    assert Statement.objects.get(payout_id=payouts[KILLED]).number == 8


def _issue(payout_id: Any) -> None:
    issue_statement(payout_id=payout_id, now=clock.now())


def _number_naively(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO naively_numbered SELECT nextval('naive')")
