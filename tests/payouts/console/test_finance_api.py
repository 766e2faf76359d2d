"""Finance over HTTP: roles, versions, keys, and the refusal of everything else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from marketplace.experts.models import Expert
from payouts.cycles.commands import lines
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from payouts.payees.queries import Payability
from tests.payouts.people import NOW, make_earning, make_person

CYCLES = "/api/v1/finance/cycles/"


class Caller:
    """One person's way to the API."""

    def __init__(self, person: Any) -> None:
        self.client = Client()
        self.client.force_login(person)
        self.keys = 0

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, body: Any = None, *, version: int | None = None, key: str | None = "") -> Any:
        headers = {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if key is not None:
            self.keys += 1
            headers["Idempotency-Key"] = key or f"key-{self.keys}"
        return self.client.post(path, body or {}, content_type="application/json", headers=headers)


@pytest.fixture
def amina(db: None) -> Caller:
    return Caller(make_person("Amina", "FINANCE_PREPARER"))


@pytest.fixture
def chiara(db: None) -> Caller:
    return Caller(make_person("Chiara", "FINANCE_APPROVER"))


@pytest.fixture
def everybody_payable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lines, "payability", lambda worker_ids, currency, now: dict.fromkeys(worker_ids, Payability(True))
    )


def body(**changes: Any) -> dict[str, Any]:
    start, end = NOW - timedelta(days=8), NOW - timedelta(days=1)
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "currency": "EUR"} | changes


def drafted(amina: Caller) -> dict[str, Any]:
    response = amina.post(CYCLES, body())
    assert response.status_code == 201, response.content
    return response.json()


def submitted(amina: Caller, ada: Any, bola: Any) -> dict[str, Any]:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW - timedelta(days=2))
    cycle = drafted(amina)
    for verb in ("calculate", "submit"):
        response = amina.post(f"{CYCLES}{cycle['id']}/{verb}/", version=cycle["version"])
        assert response.status_code == 200, response.content
        cycle = response.json()
    return cycle


@pytest.mark.usefixtures("everybody_payable")
def test_a_cycle_goes_from_draft_to_approved_by_two_people(amina: Caller, chiara: Caller, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)
    assert (cycle["state"], cycle["total"]) == ("SUBMITTED", {"amount_minor": 5000, "currency": "EUR"})
    assert chiara.get("/api/v1/finance/approvals/").json()["results"][0]["id"] == cycle["id"]

    response = chiara.post(f"{CYCLES}{cycle['id']}/approve/", version=cycle["version"])

    assert response.status_code == 200
    assert response.json()["approved_hash"] == cycle["lines_hash"]
    assert response["ETag"] == f'"{response.json()["version"]}"'
    (line,) = amina.get(f"{CYCLES}{cycle['id']}/lines/").json()["results"]
    assert (line["worker_name"], line["amount"]["amount_minor"], line["state"]) == ("Ada", 5000, "INCLUDED")


@pytest.mark.usefixtures("everybody_payable")
def test_the_maker_is_told_four_eyes(amina: Caller, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)

    response = amina.post(f"{CYCLES}{cycle['id']}/approve/", version=cycle["version"])

    assert (response.status_code, response.json()["code"]) == (403, "four_eyes")
    assert PayCycle.objects.get().state == "SUBMITTED"


@pytest.mark.usefixtures("everybody_payable")
@pytest.mark.parametrize(
    ("roles", "is_superuser", "status"),
    [(["AUDITOR"], False, 403), (["OPERATOR"], True, 403), ([], True, 403), ([], False, 403)],
)
def test_nobody_else_approves(
    amina: Caller, ada: Any, bola: Any, roles: list[str], is_superuser: bool, status: int
) -> None:
    cycle = submitted(amina, ada, bola)
    person = Caller(make_person("Goran", *roles, is_superuser=is_superuser, is_staff=is_superuser))

    response = person.post(f"{CYCLES}{cycle['id']}/approve/", version=cycle["version"])

    assert response.status_code == status
    assert PayCycle.objects.get().state == "SUBMITTED"


def test_a_verb_without_the_version_or_with_a_stale_one_is_refused(amina: Caller) -> None:
    cycle = drafted(amina)
    path = f"{CYCLES}{cycle['id']}/calculate/"

    assert amina.post(path).status_code == 428
    assert amina.post(path, version=cycle["version"] + 1).status_code == 412
    assert PayCycle.objects.get().state == "DRAFT"


def test_a_money_post_needs_a_key_replays_its_answer_and_refuses_another_body(amina: Caller) -> None:
    assert amina.post(CYCLES, body(), key=None).status_code == 400
    first = amina.post(CYCLES, body(), key="same")
    again = amina.post(CYCLES, body(), key="same")
    other = amina.post(CYCLES, body(currency="USD"), key="same")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert PayCycle.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"currency": "ZZZ"}, "/currency"),
        ({"currency": "eur"}, "/currency"),
        ({"starts_at": "2026-11-01T00:00:00"}, "/starts_at"),
        ({"starts_at": "2026-02-30T00:00:00Z"}, "/starts_at"),
        ({"state": "APPROVED"}, "/state"),
        ({"maker": "x"}, "/maker"),
        ({"kind": "SECRET"}, "/kind"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(amina: Caller, changes: dict[str, str], pointer: str) -> None:
    response = amina.post(CYCLES, body(**changes))

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert not PayCycle.objects.exists()


@pytest.mark.parametrize("query", ["?state=LOST", "?colour=red", "?limit=0", "?limit=201", "?limit=99999999999"])
def test_an_unknown_filter_or_limit_is_refused(amina: Caller, query: str) -> None:
    assert amina.get(f"{CYCLES}{query}").status_code == 400


def test_the_books_are_read_by_finance_and_auditors_alone_and_written_by_nobody(
    amina: Caller, ada: Any, bola: Any
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW)
    auditor, operator = Caller(make_person("Hana", "AUDITOR")), Caller(make_person("Ivo", "OPERATOR"))
    paths = ("/api/v1/finance/ledger/entries/", "/api/v1/finance/ledger/trial-balance/")

    for path in paths:
        assert [caller.get(path).status_code for caller in (amina, auditor, operator, Caller(ada))] == [
            200,
            200,
            403,
            403,
        ]
        assert amina.client.post(path).status_code in (403, 405)
        assert amina.client.delete(path).status_code in (403, 405)

    (entry,) = amina.get(paths[0]).json()["results"]
    assert entry["lines"] == [
        {
            "line_no": 1,
            "debit": "platform:expense:work:EUR",
            "credit": f"expert:{ada.id}:payable:EUR",
            "amount": {"amount_minor": 5000, "currency": "EUR"},
        }
    ]
    assert amina.get(f"{paths[0]}{entry['id']}/").json() == entry
    balance = amina.get(paths[1]).json()
    assert balance["totals"] == [{"currency": "EUR", "debits_minor": 5000, "credits_minor": 5000}]


def test_an_expert_sees_their_own_earnings_with_their_way_and_nobody_elses(amina: Caller, ada: Any, bola: Any) -> None:
    chen = make_person("Chen")
    for person in (ada, chen):
        make_expert(person)
    mine, other = post_earnings(
        [make_earning(ada.id, bola.id, "task:1"), make_earning(chen.id, bola.id, "task:2")], now=NOW
    )
    caller = Caller(ada)

    rows = caller.get("/api/v1/earnings/").json()["results"]
    assert [(row["source_key"], row["state"], row["quantity"]) for row in rows] == [("task:1", "APPROVED", "2")]
    assert caller.get(f"/api/v1/earnings/{other.id}/").status_code == 404
    assert caller.get(f"/api/v1/earnings/{other.id}/trace/").status_code == 404
    assert caller.get(f"/api/v1/earnings/?worker={chen.id}").json()["results"] == []
    trace = caller.get(f"/api/v1/earnings/{mine.id}/trace/").json()
    assert trace["entry"]["id"] == str(mine.entry_id)
    assert (trace["cycle"], trace["payout"], trace["statement"]) == (None, None, None)
    assert caller.get("/api/v1/earnings/summary/").json()["results"] == [
        {
            "currency": "EUR",
            "earned": {"amount_minor": 5000, "currency": "EUR"},
            "states": [{"state": "APPROVED", "amount": {"amount_minor": 5000, "currency": "EUR"}}],
        }
    ]
    assert len(amina.get("/api/v1/earnings/").json()["results"]) == 2


def make_expert(person: Any) -> None:
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


@pytest.mark.usefixtures("everybody_payable")
def test_a_line_explains_itself_and_changes_are_counted(amina: Caller, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)

    (line,) = amina.get(f"{CYCLES}{cycle['id']}/lines/").json()["results"]
    changes = amina.get(f"{CYCLES}{cycle['id']}/changes/?over_percent=10").json()

    names = ("earned", "bonus", "brought", "held", "holdback", "recovered", "amount", "carried")
    assert {name: line[name]["amount_minor"] for name in names} == dict.fromkeys(names, 0) | {
        "earned": 5000,
        "amount": 5000,
    }
    assert changes == {
        "last_cycle": None,
        "over_percent": 10,
        "counts": {"NEW": 0, "GONE": 0, "CHANGED": 0},
        "results": [],
    }


@pytest.mark.usefixtures("everybody_payable")
@pytest.mark.parametrize("query", ["over_percent=-1", "over_percent=ten", "over_percent=1e3", "percent=5"])
def test_a_bad_share_of_change_is_refused_by_name(amina: Caller, ada: Any, bola: Any, query: str) -> None:
    cycle = submitted(amina, ada, bola)

    assert amina.get(f"{CYCLES}{cycle['id']}/changes/?{query}").status_code == 400
