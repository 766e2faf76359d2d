"""``manage.py payouts``: the same rules as everywhere, an exit code and one JSON object."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import clock
from payouts.cycles.commands import lines
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from payouts.payees.queries import Payability
from payouts.rails import registry
from payouts.transfers.commands import top_up
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros


@pytest.fixture(autouse=True)
def everybody_payable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lines, "payability", lambda worker_ids, currency, now: dict.fromkeys(worker_ids, Payability(True))
    )


def run(*words: str) -> tuple[int, dict[str, Any]]:
    out, code = StringIO(), 0
    try:
        call_command("payouts", *words, "--json", stdout=out)
    except SystemExit as exit:
        code = int(exit.code or 0)
    return code, json.loads(out.getvalue())


def drafted(ada: Any, bola: Any) -> dict[str, Any]:
    make_person("Amina", "FINANCE_PREPARER")
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW - timedelta(days=5))
    words = ("draft", "--currency", "EUR", "--from", "2026-11-02", "--to", "2026-11-09", "--as", "amina@example.org")
    code, answer = run(*words)
    assert code == 0
    return answer


def test_draft_submits_what_is_owed_and_another_person_approves_it(ada: Any, bola: Any) -> None:
    cycle = drafted(ada, bola)
    assert (cycle["state"], cycle["total_minor"], cycle["payouts"]) == ("SUBMITTED", 5000, 1)
    make_person("Chiara", "FINANCE_APPROVER")

    code, answer = run("approve", cycle["cycle"], "--as", "chiara@example.org")

    assert (code, answer["state"], answer["lines_hash"]) == (0, "APPROVED", cycle["lines_hash"])


@pytest.mark.parametrize(
    ("name", "roles", "is_superuser", "refusal"),
    [
        ("Amina", None, False, "four_eyes"),
        ("Root", [], True, "not_found"),
        ("Hana", ["AUDITOR"], True, "not_permitted"),
    ],
)
def test_the_command_line_asks_for_the_second_person_too(
    ada: Any, bola: Any, name: str, roles: list[str] | None, is_superuser: bool, refusal: str
) -> None:
    cycle = drafted(ada, bola)
    if roles is not None:
        make_person(name, *roles, is_superuser=is_superuser)

    code, answer = run("approve", cycle["cycle"], "--as", f"{name.lower()}@example.org")

    assert (code, answer["ok"], answer["code"]) == (1, False, refusal)
    assert PayCycle.objects.get().state == "SUBMITTED"


def test_an_unapproved_cycle_is_not_paid(ada: Any, bola: Any) -> None:
    cycle = drafted(ada, bola)

    code, answer = run("pay", cycle["cycle"], "--as", "amina@example.org")

    assert (code, answer["code"]) == (1, "illegal_transition")
    assert PayCycle.objects.get().state == "SUBMITTED"


def test_cancel_needs_a_reason_and_nobody_unknown_acts(ada: Any, bola: Any) -> None:
    cycle = drafted(ada, bola)

    with pytest.raises(CommandError):
        run("cancel", cycle["cycle"], "--as", "amina@example.org")
    with pytest.raises(CommandError, match="nobody"):
        run("cancel", cycle["cycle"], "--reason", "Wrong.", "--as", "nobody@example.org")
    code, answer = run("cancel", cycle["cycle"], "--reason", "Wrong week.", "--as", "amina@example.org")

    assert (code, answer["state"]) == (0, "CANCELLED")


def test_tick_finds_nothing_due_in_empty_books(db: None) -> None:
    assert run("tick") == (0, {"ok": True, "payouts": 0, "cycles": []})


def test_reconcile_says_what_is_unexplained_and_fails_on_it(monkeypatch: pytest.MonkeyPatch, ada: Any) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    top_up(money=euros(1000), source="pay_cycle:1", by=None, now=NOW)

    code, answer = run("reconcile")

    assert (code, answer["unexplained"], answer["open_breaks"], answer["matched"]) == (0, {"EUR": 0}, 0, 1)
    story.switch("adjust", amount=500, currency="eur")
    with clock.at(NOW + timedelta(hours=25)):
        code, answer = run("reconcile")
    assert (code, answer["ok"], answer["unexplained"], answer["open_breaks"]) == (1, False, {"EUR": 500}, 1)


def test_every_failpoint_is_listed() -> None:
    out = StringIO()

    call_command("faults", "--list", "--json", stdout=out)

    answer = json.loads(out.getvalue())
    assert (answer["allowed"], answer["armed"]) == (False, "")
    assert {"payouts.transfer.before_call", "payouts.transfer.after_call"} < set(answer["points"])
