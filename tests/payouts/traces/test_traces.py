"""From any cent to its event and back: one paid payout, entered by every reference, and who may look."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from common import clock, events
from common.errors import NotFound
from common.money import Money
from payouts.adjustments.commands import approve_adjustment, propose_adjustment
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit, tick
from payouts.earnings.models import Earning
from payouts.facade import post_earnings, reverse_earning
from payouts.ledger.models import JournalEntry, JournalLine
from payouts.rails import registry
from payouts.statements.models import Statement
from payouts.traces import sources
from payouts.traces.queries import trace
from payouts.traces.sources import WorkStep, WorkStory
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
POSTED = END - timedelta(days=2)
WAY = [
    "WORK",
    "RATE_LINE",
    "APPROVAL",
    "EARNING",
    "ENTRY",
    "CYCLE_LINE",
    "CYCLE_APPROVAL",
    "PAYOUT",
    "ENTRY",
    "ATTEMPT",
    "ENTRY",
    "TRANSFER",
    "BANK_PAYOUT",
    "STATEMENT",
]


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares."""
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def paid(db: None, monkeypatch: pytest.MonkeyPatch, ada: Any, bola: Any, amina: Any, chiara: Any) -> Payout:
    """Two earnings and a bonus of Ada's, paid to her bank, with their statement."""
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, f"t:{n}", unit="ACCEPTED_TASK") for n in (1, 2)], now=POSTED)
    words = {"reason_code": "REFERRAL", "reason_text": "Brought Dana."}
    bonus = propose_adjustment(kind="BONUS", worker_id=ada.id, money=Money(700, "EUR"), **words, by=amina, now=POSTED)
    approve_adjustment(adjustment_id=bonus.id, by=chiara, now=POSTED)
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    for _ in range(12):
        with clock.at(story.now):
            story.sweep()
            events.deliver_due(now=story.now)
            tick(now=story.now)
        story.pass_time(hours=6)
    return Payout.objects.get(state="PAID")


def test_an_earning_leads_step_by_step_to_bank_and_statement(paid: Payout, amina: Any) -> None:
    earning = Earning.objects.get(source_key="t:1")

    way = trace(amina, str(earning.id))

    assert [step.kind for step in way.steps] == WAY
    assert all(step.at for step in way.steps if step.kind != "RATE_LINE")
    assert [step.amount for step in way.steps if step.kind in ("APPROVAL", "EARNING")] == [euros(50), euros(50)]
    people = {step.kind: step.actor for step in way.steps if step.actor_id}
    assert people == {
        "WORK": "Ada",
        "APPROVAL": "Bola",
        "CYCLE_LINE": "you",
        "CYCLE_APPROVAL": "Chiara",
        "ENTRY": "you",
    }
    assert [step.id for step in way.steps if step.kind in ("PAYOUT", "TRANSFER")] == [str(paid.id), paid.provider_ref]


def test_every_reference_of_a_payout_leads_to_the_same_earnings_that_sum_to_it(paid: Payout, amina: Any) -> None:
    statement = Statement.objects.get()
    entries = JournalEntry.objects.filter(source=paid.source).order_by("id")
    references = [
        paid.id,
        paid.provider_ref,
        paid.bank_ref,
        statement.id,
        statement.reference,
        *(e.id for e in entries),
    ]

    ways = [trace(amina, str(reference)) for reference in references]

    assert [way.kind for way in ways] == ["PAYOUT", "TRANSFER", "TRANSFER", "STATEMENT", "STATEMENT", "ENTRY", "ENTRY"]
    for way in ways:
        assert sorted(earning.source_key.partition(":")[0] for earning in way.earnings) == ["adjustment", "t", "t"]
        whole = sum((earning.amount for earning in way.earnings), start=Money.zero("EUR"))
        assert (
            whole + sum((money for _, money in way.parts), start=Money.zero("EUR")) == way.amount == Money(10700, "EUR")
        )


def test_every_line_of_the_books_leads_back_to_what_made_it(paid: Payout, amina: Any) -> None:
    """No cent of the journal is without a way, and the steps name the entry asked for."""
    for line in JournalLine.objects.select_related("entry"):
        way = trace(amina, str(line.entry_id))
        assert str(line.entry_id) in {step.id for step in way.steps if step.kind == "ENTRY"}


def test_a_bonus_leads_back_to_who_proposed_and_who_approved_it(paid: Payout, amina: Any) -> None:
    bonus = Earning.objects.get(unit="BONUS")

    steps = trace(amina, str(bonus.id)).steps[:2]

    assert [(step.kind, step.actor, step.text) for step in steps] == [
        ("WORK", "you", "Brought Dana."),
        ("APPROVAL", "Chiara", ""),
    ]


def test_an_expert_sees_their_own_way_without_names_accounts_and_keys(paid: Payout, ada: Any) -> None:
    earning = Earning.objects.get(source_key="t:1")

    way = trace(ada, str(earning.id))

    assert [step.kind for step in way.steps] == WAY
    assert {step.actor for step in way.steps if step.actor} == {
        "you",
        "a reviewer",
        "one person of finance",
        "another person of finance",
        "the system",
        "the provider",
        "the bank",
    }
    assert {step.actor_id for step in way.steps} == {None, ada.id}
    told = " ".join(value for step in way.steps for _, value in step.facts)
    assert "expert:" not in told
    assert "acct_" not in told


def test_nobody_else_finds_a_way_and_unknown_references_are_not_found(paid: Payout, ada: Any, amina: Any) -> None:
    chen = make_person("Chen")
    top_up = JournalEntry.objects.exclude(source__startswith="payout").filter(kind="TOP_UP").first()
    references = [
        str(Earning.objects.first().id),
        str(paid.id),
        paid.provider_ref,
        str(Statement.objects.get().id),
        "ST-000001",
        str(JournalEntry.objects.get(source=paid.source, kind="PAYOUT_SETTLED").id),
    ]

    for reference in references:
        assert trace(ada, reference).worker_id == ada.id
        with pytest.raises(NotFound):
            trace(chen, reference)
    with pytest.raises(NotFound):
        trace(ada, str(top_up.id))
    assert trace(amina, str(top_up.id)).worker_id is None
    for unknown in ("", "tr_unknown", "ST-000009", str(ada.id), "\x00", "ST-" + "9" * 12):
        with pytest.raises(NotFound):
            trace(amina, unknown)


def test_a_reversed_earning_says_who_took_it_back_and_why(ada: Any, bola: Any, amina: Any) -> None:
    view = post_earnings([make_earning(ada.id, bola.id, "t:9")], now=POSTED)[0]
    reverse_earning(
        source_key=view.source_key, reason_code="DUPLICATE", reason_text="Paid elsewhere.", by=bola.id, now=NOW
    )

    steps = trace(amina, str(view.id)).steps

    assert [step.kind for step in steps][-3:] == ["ENTRY", "ENTRY", "REVERSAL"]
    assert (steps[-1].actor, steps[-1].text, steps[-1].amount) == ("Bola", "Paid elsewhere.", euros(-50))


def test_whoever_knows_the_work_tells_it(ada: Any, bola: Any, amina: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    story = WorkStory(
        work=[WorkStep(id="timer:1", title="Time events, 47 of them", at=POSTED, actor_id=ada.id)],
        approval=WorkStep(id="decision:1", title="Approved in full", at=NOW, actor_id=bola.id, actor="Bola"),
    )
    monkeypatch.setattr(sources, "_providers", [lambda source, rate_line: story if source == "t:8" else None])
    view = post_earnings([make_earning(ada.id, bola.id, "t:8")], now=POSTED)[0]

    steps = trace(ada, str(view.id)).steps

    assert [(step.kind, step.title, step.actor) for step in steps[:3]] == [
        ("WORK", "Time events, 47 of them", "you"),
        ("RATE_LINE", "Rate line", ""),
        ("APPROVAL", "Approved in full", "Bola"),
    ]


def test_api_page_and_command_line_tell_the_same_way(paid: Payout, amina: Any, ada: Any) -> None:
    client, out = Client(), StringIO()
    client.force_login(amina)

    told = client.get("/api/v1/trace/ST-000001/").json()
    page = client.get("/trace/ST-000001/").content.decode()
    call_command("payouts", "trace", "ST-000001", "--as", "amina@example.org", "--json", stdout=out)
    found = client.get("/trace/?of=ST-000001")

    assert json.loads(out.getvalue()) == {"ok": True, **told}
    assert all(f"{earning['id']}" in page for earning in told["earnings"])
    assert all(step["id"] in page for step in told["steps"])
    assert found.headers["Location"] == "/trace/ST-000001/"
    assert client.get("/api/v1/trace/unknown/").status_code == 404
    assert client.get("/trace/unknown/").status_code == 404
