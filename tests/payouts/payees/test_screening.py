"""Duplicates and lists: who is held, until whom, and when they are looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from common.errors import Conflict, InvalidInput
from payouts.payees import commands
from payouts.payees.commands import screening
from payouts.payees.models import PayeeHold, ScreeningList, ScreeningResult
from payouts.payees.queries import payability
from payouts.payees.screening import CountryScreen, Subject, fold
from tests.payouts.people import make_person
from tests.payouts.support.story import Story

LIST = ["id,name", "17,Kowalska Żaneta", "17,Zhanna Kowalska", "18,Somebody Else"]


def reason(story: Story, user: Any) -> str:
    return payability([user.id], "EUR", now=story.now)[user.id].reason_code


def imported(story: Story, *lines: str, version: str = "1", day: int = 1) -> ScreeningList:
    return commands.import_list(
        lines=lines or LIST, name="sdn", version=version, dated=date(2026, 11, day), now=story.now
    )


def lift(story: Story, row: PayeeHold) -> None:
    maker, checker = make_person(f"M{row.id}", "FINANCE_PREPARER"), make_person(f"C{row.id}", "FINANCE_APPROVER")
    commands.propose_lift(hold_id=row.id, reason_text="Another person.", by=maker, now=story.now)
    commands.lift(hold_id=row.id, reason_text="Seen the passport.", by=checker, now=story.now)


def test_of_a_planted_set_exactly_those_who_share_a_bank_account_are_held(story: Story) -> None:
    banks = {"Ada": "01", "Bola": "02", "Chen": "01", "Dele": "03", "Emre": "01", "Fay": "04", "Gus": "04"}
    people = {name: make_person(name) for name in banks}
    for name, ending in banks.items():
        story.onboard(people[name], number=f"DE893704004405320130{ending}7")

    held = {name for name, person in people.items() if reason(story, person) == "DUPLICATE_BANK"}

    assert held == {"Ada", "Chen", "Emre", "Fay", "Gus"}
    assert PayeeHold.objects.count() == 3 * 2 + 2


def test_who_was_looked_at_and_freed_is_not_held_again_for_the_same_person(story: Story, ada: Any, bola: Any) -> None:
    story.onboard(ada)
    story.onboard(bola)
    for row in PayeeHold.objects.all():
        lift(story, row)

    commands.compare_destinations(now=story.now)
    assert [reason(story, person) for person in (ada, bola)] == ["", ""]

    story.onboard(make_person("Chen"))
    assert [reason(story, person) for person in (ada, bola)] == ["DUPLICATE_BANK"] * 2


@pytest.mark.parametrize("name", ["Żaneta Kowalska", "KOWALSKA zaneta", "Zhanna  Kowalska"])
def test_a_name_on_the_list_is_held_whatever_its_accents_case_and_order(story: Story, ada: Any, name: str) -> None:
    imported(story)
    ada.full_name = name
    story.onboard(ada)

    row = PayeeHold.objects.get()
    assert reason(story, ada) == "NAME_LISTED"
    assert (row.facts["version"], row.facts["entry"], row.ends_at) == ("1", "sdn:17", None)
    assert ScreeningResult.objects.get(list_name="sdn").hits == ["sdn:17"]


def test_another_name_passes_and_the_look_is_kept_with_the_lists_version(story: Story, ada: Any) -> None:
    imported(story)
    story.onboard(ada)

    looks = ScreeningResult.objects.order_by("list_name").values_list("list_name", "list_version", "hits")
    assert list(looks) == [("embargoed-countries", "2026-11", []), ("sdn", "1", [])]
    assert reason(story, ada) == ""
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute("DELETE FROM payouts_screeningresult")


def test_another_edition_is_looked_at_once_and_holds_who_came_onto_it(story: Story, ada: Any, bola: Any) -> None:
    imported(story)
    story.onboard(ada)
    story.onboard(bola, number="DE62370400440532013001")
    assert commands.screen_due(now=story.now) == 0

    imported(story, "id,name", "99,bola", version="2", day=2)

    assert (commands.screen_due(now=story.now), commands.screen_due(now=story.now)) == (2, 0)
    assert (reason(story, ada), reason(story, bola)) == ("", "NAME_LISTED")
    lift(story, PayeeHold.objects.get())
    imported(story, "id,name", "99,bola", version="3", day=3)
    commands.screen_due(now=story.now)
    assert reason(story, bola) == ""


def test_a_bank_in_an_embargoed_country_is_a_hit(story: Story, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = CountryScreen()
    hits = {
        country: screen.hits(screen.edition(), Subject("Ada", country)) for country in ("CU", "IR", "KP", "SY", "DE")
    }
    assert [country for country, found in hits.items() if found] == ["CU", "IR", "KP"]

    monkeypatch.setattr(screen, "hits", lambda edition, subject: hits["CU"])
    monkeypatch.setattr(screening, "SCREENS", [screen])
    story.onboard(ada)

    assert reason(story, ada) == "COUNTRY_LISTED"
    assert "31 CFR part 515" in PayeeHold.objects.get().words


@pytest.mark.parametrize(
    "lines", [[], ["name"], ["id,name"], ["id,name", "1,"], ["id,name", ",Ada"], ["id,name", "1,!?"]]
)
def test_a_list_that_cannot_be_is_refused_whole(story: Story, lines: list[str]) -> None:
    with pytest.raises(InvalidInput):
        commands.import_list(lines=lines, name="sdn", version="1", dated=date(2026, 11, 1), now=story.now)

    assert not ScreeningList.objects.exists()


def test_an_edition_is_imported_once(story: Story) -> None:
    imported(story)

    with pytest.raises(Conflict):
        imported(story)


def test_operators_import_and_screen_by_command(
    story: Story, ada: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.onboard(ada)
    file = tmp_path / "list.csv"
    file.write_text("id,name\n7,ADA\n", encoding="utf-8")

    def run(*words: str) -> None:
        call_command("payees", *words)

    run("import-list", str(file), "--name", "sdn", "--edition", "1", "--date", "2026-11-01")
    run("screen")

    assert '"entries": 1' in capsys.readouterr().out
    assert reason(story, ada) == "NAME_LISTED"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="cannot be read"):
        run("import-list", str(file), "--name", "sdn", "--edition", "2", "--date", "2026-11-01")


def test_finance_reads_the_looks_by_page_and_api_and_the_payee_does_not(story: Story, ada: Any) -> None:
    payee = story.onboard(ada)
    finance = make_person("Dele", "FINANCE_PREPARER")
    open_as: Callable[[Any], Client] = client_of

    looks = open_as(finance).get(f"/api/v1/payees/{payee.id}/screenings/").json()
    page = open_as(finance).get(f"/finance/payees/{payee.id}/").content.decode()

    assert [(look["list_name"], look["list_version"], look["hits"]) for look in looks] == [
        ("embargoed-countries", "2026-11", [])
    ]
    assert "embargoed-countries, version 2026-11 of 2026-11-01: nothing found" in page
    assert open_as(ada).get(f"/api/v1/payees/{payee.id}/screenings/").status_code == 403


def test_names_fold_to_their_parts() -> None:
    assert fold("Ó  Brien-Núñez,  Ana") == "ana brien nunez o"
    assert fold("Ana O'Brien") == fold("ANA o brien")


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
