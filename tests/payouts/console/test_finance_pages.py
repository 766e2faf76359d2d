"""The pages of finance: who enters, what they say, and that their buttons obey the same rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from payouts.cycles.commands import approve, calculate, draft_cycle, lines, submit
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from payouts.ledger.models import JournalEntry
from payouts.payees.queries import Payability
from tests.payouts.people import NOW, make_earning, make_person

PAGES = ("cycles/", "payouts/", "journal/", "balances/", "verify/")


@pytest.fixture(autouse=True)
def everybody_payable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lines, "payability", lambda worker_ids, currency, now: dict.fromkeys(worker_ids, Payability(True))
    )


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def submitted(amina: Any, ada: Any, bola: Any) -> PayCycle:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW - timedelta(days=2))
    cycle = draft_cycle(
        starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=amina, now=NOW
    )
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    return submit(cycle_id=cycle.id, by=amina, now=NOW)


def test_finance_and_auditors_enter_and_others_do_not(amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)
    entry = JournalEntry.objects.get()
    paths = [f"/finance/{page}" for page in (*PAGES, f"cycles/{cycle.id}/", f"journal/{entry.id}/")]
    auditor, operator = make_person("Hana", "AUDITOR"), make_person("Ivo", "OPERATOR", is_superuser=True)

    for path in paths:
        answers = [as_(person).get(path).status_code for person in (amina, chiara, auditor, operator, ada)]
        assert answers == [200, 200, 200, 403, 403], path
        assert Client().get(path).status_code == 302


def test_the_approver_sees_what_they_sign_and_signs_it(amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)
    client = as_(chiara)
    assert "Prepared by" in client.get("/finance/approvals/").content.decode()
    page = client.get(f"/finance/cycles/{cycle.id}/").content.decode()
    assert "€50.00" in page
    assert cycle.lines_hash in page

    unlooked = client.post(f"/finance/cycles/{cycle.id}/approve/", {"expected_version": cycle.version})
    stale = client.post(f"/finance/cycles/{cycle.id}/approve/", {"expected_version": 1, "looked": "on"})
    assert (unlooked.status_code, stale.status_code) == (422, 422)
    assert PayCycle.objects.get().state == "SUBMITTED"
    signed = client.post(f"/finance/cycles/{cycle.id}/approve/", {"expected_version": cycle.version, "looked": "on"})

    assert signed.status_code == 302
    assert PayCycle.objects.get().checker_id == chiara.id


def test_the_maker_gets_no_approve_button_and_a_403_for_the_address(amina: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)
    client = as_(amina)

    page = client.get(f"/finance/cycles/{cycle.id}/").content.decode()
    answer = client.post(f"/finance/cycles/{cycle.id}/approve/", {"expected_version": cycle.version, "looked": "on"})

    assert "Approve EUR" not in page
    assert answer.status_code == 403
    assert PayCycle.objects.get().state == "SUBMITTED"


def test_the_page_says_whose_step_is_next(amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    aziz, priya = make_person("Aziz", "FINANCE_PREPARER"), make_person("Priya", "FINANCE_APPROVER")
    post_earnings([make_earning(priya.id, bola.id, "task:2")], now=NOW - timedelta(days=2))
    cycle = submitted(amina, ada, bola)

    pages = {
        person.full_name: as_(person).get(f"/finance/cycles/{cycle.id}/").content.decode()
        for person in (amina, aziz, chiara, priya)
    }

    assert "You prepared this cycle, so you cannot approve it" in pages["Amina"]
    assert "A finance approver looks at it next" in pages["Aziz"]
    assert "This cycle pays you, so you cannot approve it" in pages["Priya"]
    assert [name for name, page in pages.items() if "Approve EUR" in page] == ["Chiara"]


def test_a_cycle_that_was_sent_back_says_why_and_by_whom_until_it_is_calculated_again(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    cycle = submitted(amina, ada, bola)
    as_(chiara).post(
        f"/finance/cycles/{cycle.id}/send-back/",
        {"expected_version": cycle.version, "reason_text": "Ask Bola about Tuesday first."},
    )

    read = as_(amina).get(f"/finance/cycles/{cycle.id}/").content.decode()
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    again = as_(amina).get(f"/finance/cycles/{cycle.id}/").content.decode()

    assert "Sent back by Chiara" in read
    assert "Ask Bola about Tuesday first." in read
    assert "Ask Bola" not in again


def test_a_preparer_opens_calculates_and_submits_by_pages(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW - timedelta(days=5))
    client = as_(amina)

    opened = client.post(
        "/finance/cycles/", {"currency": "EUR", "first_day": "2026-11-02", "last_day": "2026-11-08"}, follow=True
    )
    cycle = PayCycle.objects.get()
    assert opened.redirect_chain[-1][0] == f"/finance/cycles/{cycle.id}/"
    for verb in ("calculate", "submit"):
        cycle.refresh_from_db()
        client.post(f"/finance/cycles/{cycle.id}/{verb}/", {"expected_version": cycle.version})

    cycle.refresh_from_db()
    assert (cycle.state, cycle.lines.get().amount_minor) == ("SUBMITTED", 5000)


@pytest.mark.parametrize("zone", ["America/La_Paz", "Asia/Tokyo"])
def test_a_period_is_shown_in_the_days_it_was_opened_with_wherever_its_reader_is(amina: Any, zone: str) -> None:
    amina.timezone = zone
    amina.save()

    opened = as_(amina).post(
        "/finance/cycles/", {"currency": "EUR", "first_day": "2026-11-02", "last_day": "2026-11-08"}, follow=True
    )

    assert "2 Nov 2026 – 8 Nov 2026" in strip_tags(opened.content.decode())


@pytest.mark.parametrize(
    "fields",
    [
        {"first_day": "2026-11-08", "last_day": "2026-11-02"},
        {"first_day": "2026-02-30"},
        {"last_day": "9999-12-31"},
        {"last_day": "2026-12-31"},
        {"currency": "ZZZ"},
        {"maker": "me"},
    ],
)
def test_a_bad_period_is_refused_on_the_form(amina: Any, fields: dict[str, str]) -> None:
    good = {"currency": "EUR", "first_day": "2026-11-02", "last_day": "2026-11-08"}

    answer = as_(amina).post("/finance/cycles/", good | fields)

    assert answer.status_code == 422
    assert not PayCycle.objects.exists()


@pytest.mark.parametrize("query", ["cycles/?colour=red", "payouts/?colour=red", "journal/?colour=red"])
def test_an_unknown_filter_is_refused(amina: Any, query: str) -> None:
    assert as_(amina).get(f"/finance/{query}").status_code == 400


def test_verify_names_no_difference_in_whole_books(amina: Any, ada: Any, bola: Any) -> None:
    submitted(amina, ada, bola)

    page = as_(amina).post("/finance/verify/").content.decode()

    assert "No differences" in page


def test_progress_is_asked_again_only_while_the_cycle_runs(amina: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)

    page = as_(amina).get(f"/finance/cycles/{cycle.id}/progress/").content.decode()

    assert "every 2s" not in page


def test_who_watches_a_cycle_end_gets_its_page_anew_and_who_comes_later_does_not(
    amina: Any, ada: Any, bola: Any
) -> None:
    address = f"/finance/cycles/{submitted(amina, ada, bola).id}/progress/"

    answers = {
        query: as_(amina).get(address + query).headers.get("HX-Refresh")
        for query in ("", "?was=SUBMITTED", "?was=EXECUTING")
    }

    assert answers == {"": None, "?was=SUBMITTED": None, "?was=EXECUTING": "true"}


def test_the_page_says_whose_pay_changed_and_what_each_line_is_made_of(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    start = NOW.replace(hour=0, minute=0) - timedelta(days=14)
    for week, unit in ((0, "HOUR"), (1, "BONUS")):
        begin, end = start + timedelta(days=7 * week), start + timedelta(days=7 * week + 7)
        post_earnings(
            [
                make_earning(ada.id, bola.id, f"t:{week}"),
                make_earning(ada.id, bola.id, f"u:{week}", unit=unit),
                make_earning(ada.id, bola.id, f"v:{week}", rate_minor=2500 + week * 9000),
            ],
            now=end - timedelta(days=1),
        )
        cycle = draft_cycle(starts_at=begin, ends_at=end, currency="EUR", by=amina, now=NOW)
        calculate(cycle_id=cycle.id, by=amina, now=NOW)
        submit(cycle_id=cycle.id, by=amina, now=NOW)
        if not week:
            approve(cycle_id=cycle.id, by=chiara, now=NOW)

    shown = {
        over: " ".join(strip_tags(as_(chiara).get(f"/finance/cycles/{cycle.id}/?over={over}").content.decode()).split())
        for over in (100, 25)
    }

    assert "Changed by more1" in shown[100]
    assert "Ada120 %€150.00€330.00+€180.00" in shown[25]
    assert "Bonuses and corrections +€50.00" in shown[25]
