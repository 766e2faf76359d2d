"""Holds: money that is not paid for a reason, until its end or a second person's release; against paying in every order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.errors import FourEyesRequired, NotPermitted, StaleVersion
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from marketplace.experts.models import Expert
from payouts.cycles.commands import calculate, draft_cycle, execute
from payouts.cycles.commands import execute as execute_command
from payouts.cycles.models import CycleLine
from payouts.facade import post_earnings
from payouts.holds.commands import appeal_hold, end_due_holds, place_hold, release_hold
from payouts.holds.errors import AlreadyAppealed, InvalidHold, UnknownHold
from payouts.holds.models import Hold
from payouts.ledger.commands import post_entry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, held, inflight, payable
from payouts.rails import registry
from payouts.transfers.commands import resume_payout, submit_payout
from payouts.transfers.errors import MoneyOnHold
from payouts.transfers.models import Payout
from tests.payouts.cycles.test_races import at_once
from tests.payouts.cycles.test_running import END, POSTED, WEEK, approved, assert_books_hold, let_it_end
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

IN_A_WEEK = NOW + timedelta(days=7)


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares, and approves what others prepared."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def chen(db: None) -> Any:
    return make_person("Chen")


@pytest.fixture
def worked(ada: Any, bola: Any) -> Any:
    """Ada has earned 50 EUR."""
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    return ada


def placed(by: Any, worker: Any, money: Money | None = None, **changes: Any) -> Hold:
    facts = {
        "currency": "EUR",
        "reason_code": "NAME_DIFFERS",
        "reason_text": "The name at the bank is another one.",
        "ends_at": IN_A_WEEK,
        "now": NOW,
    }
    return place_hold(worker_id=worker.id, money=money, by=by, **(facts | changes))


def balances(worker: Any) -> tuple[int, int, int]:
    codes = (payable(worker.id, "EUR"), held(worker.id, "EUR"), inflight(worker.id, "EUR"))
    return tuple(get_balance(code).amount_minor for code in codes)  # type: ignore[return-value]


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_hold_moves_money_out_of_payable_and_its_release_by_another_moves_it_back(
    amina: Any, chiara: Any, worked: Any
) -> None:
    row = placed(amina, worked, euros(20))
    meanwhile = balances(worked)

    release_hold(hold_id=row.id, reason_text="Confirmed.", by=chiara, now=NOW)

    assert (meanwhile, balances(worked)) == ((3000, 2000, 0), (5000, 0, 0))
    row.refresh_from_db()
    assert (row.state, row.released_by_id, row.release_text) == ("RELEASED", chiara.id, "Confirmed.")
    assert_books_hold()


def test_a_hold_ends_by_itself_at_its_end_and_not_before(amina: Any, worked: Any) -> None:
    placed(amina, worked)

    early = end_due_holds(now=IN_A_WEEK - timedelta(seconds=1))
    meanwhile = balances(worked)
    ended = [end_due_holds(now=IN_A_WEEK), end_due_holds(now=IN_A_WEEK)]

    assert (early, meanwhile, ended) == (0, (0, 5000, 0), [1, 0])
    assert (Hold.objects.get().state, balances(worked)) == ("EXPIRED", (5000, 0, 0))
    assert_books_hold()


def test_who_placed_it_does_not_release_it_whatever_they_hold(amina: Any, worked: Any) -> None:
    row = placed(amina, worked)

    with pytest.raises(FourEyesRequired):
        release_hold(hold_id=row.id, reason_text="Mine.", by=amina, now=NOW)

    assert balances(worked) == (0, 5000, 0)


def test_nobody_holds_or_releases_their_own_money(amina: Any, chiara: Any, bola: Any) -> None:
    post_earnings([make_earning(chiara.id, bola.id, "t:1")], now=POSTED)

    with pytest.raises(FourEyesRequired):
        placed(amina, amina)
    row = placed(amina, chiara)
    with pytest.raises(FourEyesRequired):
        release_hold(hold_id=row.id, reason_text="Mine.", by=chiara, now=NOW)

    assert balances(chiara) == (0, 5000, 0)


def test_only_finance_places_and_only_approvers_release(amina: Any, chiara: Any, worked: Any) -> None:
    for roles in ([], ["AUDITOR"], ["OPERATOR"]):
        with pytest.raises(NotPermitted):
            placed(make_person(f"Hana{len(roles)}{''.join(roles)}", *roles, is_superuser=True), worked)
    row = placed(chiara, worked)

    with pytest.raises(NotPermitted):
        release_hold(hold_id=row.id, reason_text="x", by=make_person("Paul", "FINANCE_PREPARER"), now=NOW)
    with pytest.raises(UnknownHold):
        release_hold(hold_id=row.id, reason_text="x", by=make_person("Root", is_superuser=True), now=NOW)
    with pytest.raises(StaleVersion):
        release_hold(hold_id=row.id, reason_text="x", by=amina, now=NOW, expected_version=9)
    with pytest.raises(InvalidHold):
        release_hold(hold_id=row.id, reason_text=" ", by=amina, now=NOW)

    assert balances(worked) == (0, 5000, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"money": Money(0, "EUR")}, "/money"),
        ({"money": Money(5001, "EUR")}, "/money"),
        ({"money": Money(100, "USD")}, "/money"),
        ({"reason_code": ""}, "/reason_code"),
        ({"reason_code": "HOLDBACK"}, "/reason_code"),
        ({"reason_text": " "}, "/reason_text"),
        ({"ends_at": NOW}, "/ends_at"),
        ({"ends_at": NOW + timedelta(days=60, seconds=1)}, "/ends_at"),
        ({"ends_at": datetime(2026, 11, 20)}, "/ends_at"),  # noqa: DTZ001 - without an offset on purpose
        ({"currency": "ZZZ"}, "/currency"),
    ],
)
def test_what_cannot_be_is_refused_by_name(amina: Any, worked: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidHold) as caught:
        placed(amina, worked, **changes)

    assert [problem.pointer for problem in caught.value.problems] == [field]
    assert (Hold.objects.count(), balances(worked)) == (0, (5000, 0, 0))


def test_nobody_unknown_is_held(amina: Any, worked: Any) -> None:
    with pytest.raises(InvalidHold):
        placed(amina, type("Nobody", (), {"id": UUID(int=1)}))


def test_the_expert_appeals_once_and_for_their_own_only(amina: Any, chiara: Any, worked: Any, chen: Any) -> None:
    row = placed(amina, worked)

    for stranger in (chen, chiara):
        with pytest.raises(UnknownHold):
            appeal_hold(hold_id=row.id, appeal_text="Not mine.", by=stranger, now=NOW)
    with pytest.raises(InvalidHold):
        appeal_hold(hold_id=row.id, appeal_text=" ", by=worked, now=NOW)
    appeal_hold(hold_id=row.id, appeal_text="It is my maiden name.", by=worked, now=NOW)
    with pytest.raises(AlreadyAppealed):
        appeal_hold(hold_id=row.id, appeal_text="Again.", by=worked, now=NOW)

    assert Hold.objects.get().appeal_text == "It is my maiden name."
    release_hold(hold_id=row.id, reason_text="Shown.", by=chiara, now=NOW)
    with pytest.raises(IllegalTransition):
        appeal_hold(hold_id=row.id, appeal_text="Again.", by=worked, now=NOW)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'RELEASED', released_by_id = placed_by_id, released_at = now(), release_text = 'x'", "another"),
        ("state = 'RELEASED', released_by_id = worker_id, released_at = now(), release_text = 'x'", "oneself"),
        ("state = 'RELEASED'", "another"),
        ("state = 'EXPIRED', released_at = placed_at", "another"),
        ("state = 'UNDONE', released_at = ends_at", "another"),
        ("state = 'GONE', released_at = ends_at", "another"),
        ("ends_at = placed_at", "stands"),
        ("held_minor = 0", "stands"),
    ],
)
def test_raw_sql_cannot_end_a_hold_alone_or_change_it(amina: Any, worked: Any, change: str, constraint: str) -> None:
    placed(amina, worked)

    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payouts_hold SET {change}")

    assert constraint in caught.value.__cause__.diag.constraint_name
    assert Hold.objects.get().state == "ACTIVE"


def test_money_held_for_nothing_is_found(worked: Any, story: Story) -> None:
    line = LineSpec(payable(worked.id, "EUR"), held(worked.id, "EUR"), euros(1))
    post_entry(idempotency_key="x", kind="STRAY", effective_on=NOW.date(), lines=[line], source="x", by=None, now=NOW)

    assert [r.name for r in run_checks() if not r.is_ok] == ["payouts.holds.held_equals_holds"]


def test_a_hold_on_everything_carries_over_what_comes_later_too(
    story: Story, amina: Any, worked: Any, bola: Any
) -> None:
    story.onboard(worked)
    hold = placed(amina, worked)
    post_earnings([make_earning(worked.id, bola.id, "t:2")], now=POSTED)

    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    line = calculate(cycle_id=cycle.id, by=amina, now=NOW).lines.get()

    assert (line.state, line.reason_code, line.reason_text) == ("CARRIED_OVER", "ON_HOLD", hold.words)
    assert (line.earned_minor, line.held_minor, line.carried_minor) == (10000, 5000, 5000)


@pytest.mark.parametrize("money", [None, euros(1)])
@pytest.mark.parametrize("point", ["payouts.cycle.before_reserve", "payouts.cycle.after_reserve"])
def test_a_hold_against_paying_is_before_it_or_after_it_and_never_both(
    story: Story, amina: Any, chiara: Any, worked: Any, point: str, money: Money | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.onboard(worked)
    story.fund(euros(1000))
    cycle = approved(amina, chiara)

    def stop_here(name: str) -> None:
        if name == point and (money is None or point == "payouts.cycle.before_reserve"):
            placed(chiara, worked, money)

    monkeypatch.setitem(execute_command.__globals__, "crash_point", stop_here)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    for payout in Payout.objects.all():
        submit_payout(payout_id=payout.id, now=NOW)

    line = CycleLine.objects.get()
    if point == "payouts.cycle.before_reserve":
        assert (line.state, Payout.objects.count()) == ("HELD", 0)
        assert balances(worked) == ((0, 5000, 0) if money is None else (4900, 100, 0))
        assert story.transfers() == []
    elif money is None:
        # Reserved first; it is not sent while everything is on hold, nor resumed by the back office.
        payout = Payout.objects.get()
        assert (payout.state, payout.failure_code, story.transfers()) == ("HELD", "ON_HOLD", [])
        with pytest.raises(MoneyOnHold):
            resume_payout(payout_id=payout.id, by=chiara, now=NOW)
        release_hold(hold_id=Hold.objects.get().id, reason_text="Clear.", by=amina, now=NOW)
        resume_payout(payout_id=payout.id, by=chiara, now=NOW)
        submit_payout(payout_id=payout.id, now=NOW)
        assert [transfer["amount"] for transfer in story.transfers()] == [5000]
    else:
        assert [transfer["amount"] for transfer in story.transfers()] == [5000]
    assert_books_hold()


def test_part_of_each_line_is_held_back_and_paid_after_its_date(
    story: Story, amina: Any, chiara: Any, worked: Any, settings: Any
) -> None:
    settings.PAYOUT_HOLDBACK_BPS, settings.PAYOUT_HOLDBACK_DAYS = 1000, 3
    story.onboard(worked)
    story.fund(euros(1000))
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    line = cycle.lines.get()
    hold = Hold.objects.get()
    kept = balances(worked)
    ended = end_due_holds(now=NOW + timedelta(days=3))
    following = draft_cycle(starts_at=END, ends_at=NOW, currency="EUR", by=amina, now=NOW)
    free = calculate(cycle_id=following.id, by=amina, now=story.now).lines.get()

    assert (line.earned_minor, line.holdback_minor, line.amount_minor) == (5000, 500, 4500)
    assert (hold.reason_code, hold.held_minor, hold.ends_at) == ("HOLDBACK", 500, NOW + timedelta(days=3))
    assert (kept, ended) == ((0, 500, 0), 1)
    assert (free.state, free.brought_minor, free.amount_minor, free.holdback_minor) == ("INCLUDED", 500, 500, 0)
    assert_books_hold()


def test_what_a_returned_payout_had_held_back_is_free_again(
    story: Story, amina: Any, chiara: Any, worked: Any, settings: Any
) -> None:
    settings.PAYOUT_HOLDBACK_BPS = 1000
    story.onboard(worked, number="DE62370400440532013001")
    story.fund(euros(1000))
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    assert (Payout.objects.get().state, Hold.objects.get().state) == ("RETURNED", "UNDONE")
    assert balances(worked) == (5000, 0, 0)
    assert_books_hold()


@pytest.mark.parametrize("size", [6])
def test_holds_and_paying_at_once_leave_each_worker_paid_or_held(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    bola, workers = make_person("Bola"), [make_person(f"Worker{n}") for n in range(size)]
    numbers = [f"DE893704004405320130{n:02d}" for n in range(2, 2 + size)]
    for worker, number in zip(workers, numbers, strict=True):
        story.onboard(worker, number=number)
    story.fund(euros(1000))
    post_earnings([make_earning(w.id, bola.id, f"t:{w.id}") for w in workers], now=datetime(2026, 11, 8, tzinfo=UTC))
    cycle = approved(amina, chiara)

    outcomes = at_once(
        lambda: execute(cycle_id=cycle.id, by=amina, now=NOW),
        *(lambda worker=worker: placed(chiara, worker) for worker in workers),
    )

    assert outcomes == ["done"] * (size + 1)
    ends = {(line.state, *balances(line.worker)) for line in CycleLine.objects.select_related("worker")}
    assert ends <= {("INCLUDED", 0, 0, 5000), ("HELD", 0, 5000, 0)}
    assert Payout.objects.count() == CycleLine.objects.filter(state="INCLUDED").count()
    assert [r.name for r in run_checks() if not r.is_ok] == []
    connection.close()


def test_a_hold_released_by_two_and_ended_at_once_gives_its_money_back_once(fresh_database: str) -> None:
    amina, ada, bola = make_person("Amina", "FINANCE_PREPARER"), make_person("Ada"), make_person("Bola")
    approvers = [make_person(name, "FINANCE_APPROVER") for name in ("Chiara", "Dele")]
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)
    row = placed(amina, ada)

    at_once(
        *(lambda by=by: release_hold(hold_id=row.id, reason_text="x", by=by, now=NOW) for by in approvers),
        lambda: end_due_holds(now=IN_A_WEEK),
    )

    assert balances(ada) == (5000, 0, 0)
    assert Hold.objects.get().state in ("RELEASED", "EXPIRED")
    connection.close()


def test_the_pages_place_show_and_release_and_the_expert_sees_and_appeals(
    amina: Any, chiara: Any, worked: Any, chen: Any
) -> None:
    for person in (worked, chen):
        Expert.objects.create(
            user=person,
            legal_name=person.full_name,
            preferred_name=person.full_name,
            residence_country="DE",
            tax_country="DE",
            bank_country="DE",
            timezone="Europe/Berlin",
            weekly_capacity_minutes=600,
            created_at=NOW,
        )
    fields = {
        "worker": "ada@example.org",
        "currency": "EUR",
        "amount": "20.00",
        "reason_code": "NAME_DIFFERS",
        "reason_text": "The name at the bank is another one.",
        "last_day": "2026-11-20",
    }
    refused = as_(amina).post("/finance/holds/", fields | {"amount": "70.00"})
    sent = as_(amina).post("/finance/holds/", fields)
    row = Hold.objects.get()

    seen = as_(worked).get("/earnings/").content.decode()
    strange = as_(chen).get(f"/holds/{row.id}/").status_code
    appealed = as_(worked).post(f"/holds/{row.id}/", {"appeal_text": "It is my maiden name."})
    shown = as_(chiara).get(f"/finance/holds/{row.id}/").content.decode()
    row.refresh_from_db()
    release = {"expected_version": row.version, "reason_text": "Shown."}
    own = as_(amina).post(f"/finance/holds/{row.id}/", release).status_code
    done = as_(chiara).post(f"/finance/holds/{row.id}/", release)

    assert (refused.status_code, sent.status_code, strange, appealed.status_code) == (422, 302, 404, 302)
    assert "Only 50.00 EUR can be held now" in refused.content.decode()
    assert "The name at the bank is another one." in seen
    assert "It is my maiden name." in shown
    assert (own, done.status_code) == (403, 302)
    row.refresh_from_db()
    assert (row.state, row.ends_at) == ("RELEASED", datetime(2026, 11, 21, tzinfo=UTC))


def test_the_api_places_lists_appeals_and_releases(amina: Any, chiara: Any, worked: Any) -> None:
    body = {
        "worker": str(worked.id),
        "currency": "EUR",
        "reason_code": "NAME_DIFFERS",
        "reason_text": "Another name.",
        "ends_at": IN_A_WEEK.isoformat(),
    }

    def post(person: Any, path: str, body: dict[str, Any], version: int | None = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": f'"{version}"'} if version else {})
        return as_(person).post(f"/api/v1/holds/{path}", body, content_type="application/json", headers=headers)

    bad = post(amina, "", body | {"money": {"amount_minor": 9000, "currency": "EUR"}})
    made = post(amina, "", body).json()
    listed = as_(chiara).get(f"/api/v1/holds/?state=ACTIVE&worker={worked.id}").json()["results"]
    own = post(amina, f"{made['id']}/release/", {"reason_text": "x"}, made["version"])
    done = post(chiara, f"{made['id']}/release/", {"reason_text": "Clear."}, made["version"])

    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/money")
    assert (made["amount"], made["held"]["amount_minor"]) == (None, 5000)
    assert [row["id"] for row in listed] == [made["id"]]
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    assert (done.status_code, done.json()["state"]) == (200, "RELEASED")
    assert post(worked, "", body).status_code == 403
