"""The journal of erasures: it names nobody, and it is replayed in a database that was restored from an older copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import Error, connection, connections, transaction

from common.identifiers import uuid7
from common.models import Erasure
from config.testpg import create_database, run_server
from marketplace.erasure import commands
from marketplace.erasure.models import ErasureRequest
from marketplace.identity.models import User
from tests.marketplace.erasure.life import PLANTED, THEN, Life, places_of
from tests.marketplace.erasure.test_every_column import KEPT
from tests.marketplace.erasure.test_requests import call
from tests.payouts.statements.stating import look_now
from tests.payouts.support.story import euros

COPY = "restored_copy"


def use(database: str) -> None:
    """Let Django work in another database from now on."""
    connections.close_all()
    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = database


@pytest.fixture
def copied(fresh_database: str) -> Any:
    """Copy the database as it is when asked, as a dump of that moment restores it; it is dropped afterwards."""
    name = str(connection.settings_dict["NAME"])

    def copy() -> str:
        connections.close_all()
        with run_server().connect() as control:
            create_database(control, COPY, template=name)
        return COPY

    yield copy
    use(name)
    with run_server().connect() as control:
        control.execute(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)".encode())


def test_a_database_restored_from_before_an_erasure_is_told_of_it_again(
    copied: Any, life: Life, tmp_path: Path
) -> None:
    copy = copied()
    before = places_of()
    commands.erase_person(person_id=life.ada.pk, by=life.omar, now=THEN)
    file = tmp_path / "erasures.jsonl"
    call("--journal", str(file))
    (known,) = Erasure.objects.values("person_id", "at", "by_id", "reason_code", "kept_until")

    use(copy)
    assert (places_of(), Erasure.objects.count()) == (before, 0)
    told, status = call("--replay", str(file))
    again, _ = call("--replay", str(file))

    assert status == 0
    assert (told["erased"], told["known"], told["unknown"], told["open_ends"]) == ([str(life.ada.pk)], 0, 0, [])
    assert (again["erased"], again["known"]) == ([], 1)
    assert places_of() == KEPT
    (replayed,) = Erasure.objects.all()
    assert {name: getattr(replayed, name) for name in known} == known
    assert replayed.replayed_at is not None
    assert not any(word in file.read_text().lower() for word in PLANTED)


def test_a_replay_in_which_money_is_owed_still_erases_and_says_what_is_open(life: Life, story: Any) -> None:
    story.earn(life.ada, euros(12))
    waiting = commands.request_erasure(by=life.ada, now=THEN, authenticated_at=THEN)
    line = commands.JournalLine(life.ada.pk, THEN, life.omar.pk, "REQUESTED", None)
    stranger = commands.JournalLine(uuid7(), THEN, life.omar.pk, "REQUESTED", None)

    done = commands.replay_journal(lines=[line, stranger], now=THEN)

    waiting.refresh_from_db()
    assert (done.erased, done.known, done.unknown) == ([life.ada.pk], 0, 1)
    assert list(done.open_ends) == [f"{life.ada.pk}: €12.00 is owed: it has to be paid first."]
    assert (waiting.state, places_of()) == (ErasureRequest.State.WITHDRAWN, KEPT)


@pytest.mark.parametrize("text", ["{}", "nonsense", '{"person_id": 1}', "[]", '"x"'])
def test_a_file_with_a_line_that_is_none_erases_nobody(life: Life, tmp_path: Path, text: str) -> None:
    good = {"person_id": str(life.ada.pk), "at": THEN.isoformat(), "by_id": str(life.omar.pk), "reason_code": "X"}
    file = tmp_path / "erasures.jsonl"
    file.write_text(json.dumps({**good, "kept_until": None}) + "\n" + text + "\n")

    with pytest.raises(CommandError, match="Line 2 of"):
        call("--replay", str(file))

    assert User.objects.get(pk=life.ada.pk).is_active
    assert not Erasure.objects.exists()


def test_the_journal_is_never_changed(life: Life) -> None:
    commands.erase_person(person_id=life.ada.pk, by=life.omar, now=THEN)
    look_now()

    for sql in ("UPDATE common_erasure SET at = now()", "DELETE FROM common_erasure", "TRUNCATE common_erasure"):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)
