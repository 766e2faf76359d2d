"""The console of rails, over HTTP and as pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from payouts.rails.models import RailCircuit
from payouts.rails.queries import database_clock
from payouts.transfers.commands.stops import is_stopped, stop_rail
from tests.payouts.people import NOW, make_person

ROUTES = "/api/v1/pay-routes/"


def signed_in(*roles: str) -> Client:
    client = Client()
    client.force_login(make_person("Chiara", *roles))
    return client


def test_anyone_signed_in_asks_how_a_country_is_paid(db: None) -> None:
    client = signed_in()

    answer = client.get(ROUTES, {"country": "PL", "currency": "PLN", "on": "2026-11-21"}).json()

    assert answer["words"] == "You can be paid in Poland by Stripe Connect, to your bank account, in PLN."
    (route,) = answer["results"]
    assert (route["rail"], route["is_available"], route["multiple"]) == ("connect", True, 1)
    assert route["minimum"] == {"amount_minor": 1, "currency": "PLN"}
    assert answer["version"].startswith("2026-")


def test_the_day_asked_about_decides(db: None) -> None:
    answer = signed_in().get(ROUTES, {"country": "PL", "on": "2019-01-01"}).json()

    assert answer["results"] == []
    assert answer["words"] == "People with a bank in Poland cannot be paid yet."


def test_bad_filters_are_named_and_strangers_are_refused(db: None) -> None:
    client = signed_in()

    for query, pointer in (({"country": "xx"}, "country"), ({"on": "soon"}, "on"), ({"speed": "1"}, "speed")):
        response = client.get(ROUTES, query)
        assert response.status_code == 400, query
        assert pointer in response.content.decode()
    assert Client().get(ROUTES).status_code == 401


def test_finance_reads_the_table_as_a_page(db: None) -> None:
    client = signed_in("FINANCE_PREPARER")

    shown = client.get("/finance/routes/", {"country": "HU"})

    text = shown.content.decode()
    assert shown.status_code == 200
    assert "You can be paid in Hungary by Stripe Connect" in text
    assert "multiples of 100" in text
    assert client.get("/finance/routes/", {"state": "x"}).status_code == 400


def test_the_table_as_a_page_is_not_for_experts(db: None) -> None:
    response: Any = signed_in().get("/finance/routes/")

    assert response.status_code == 403


RAILS = "/api/v1/finance/rails/"


def test_finance_sees_an_open_circuit_over_http_and_as_a_page(db: None) -> None:
    client = signed_in("FINANCE_PREPARER")
    (well,) = client.get(RAILS).json()["results"]
    RailCircuit.objects.create(rail="connect", failures=5, opened_at=database_clock(), last_error="HTTP 503")

    (ill,) = client.get(RAILS).json()["results"]
    page = client.get("/finance/rails/").content.decode()

    assert (well["rail"], well["circuit"], well["failures"], well["stopped_at"]) == ("connect", "CLOSED", 0, None)
    assert (ill["circuit"], ill["failures"], ill["last_error"]) == ("OPEN", 5, "HTTP 503")
    assert "Nothing is sent" in page
    assert "HTTP 503" in page


def test_a_circuit_is_half_open_after_half_a_minute(db: None) -> None:
    opened = database_clock() - timedelta(seconds=30)
    RailCircuit.objects.create(rail="connect", failures=5, opened_at=opened)

    (rail,) = signed_in("FINANCE_PREPARER").get(RAILS).json()["results"]

    assert rail["circuit"] == "HALF_OPEN"


def test_an_approver_lifts_a_stop_by_page_and_over_http(db: None) -> None:
    client = signed_in("FINANCE_APPROVER")
    stop_rail("connect", "401: the key was revoked", now=NOW)
    assert "the key was revoked" in client.get("/finance/rails/").content.decode()

    assert client.post("/finance/rails/connect/lift/").status_code == 302
    assert not is_stopped("connect")

    stop_rail("connect", "403", now=NOW)
    answer = client.post(f"{RAILS}connect/lift/", {}, "application/json", headers={"Idempotency-Key": "lift-1"})
    assert (answer.status_code, answer.json()["stopped_because"]) == (200, "")
    assert not is_stopped("connect")


def test_who_does_not_approve_lifts_nothing(db: None) -> None:
    client = signed_in("FINANCE_PREPARER")
    stop_rail("connect", "401", now=NOW)

    assert client.post("/finance/rails/connect/lift/").status_code == 403
    assert (
        client.post(f"{RAILS}connect/lift/", {}, "application/json", headers={"Idempotency-Key": "lift-1"}).status_code
        == 403
    )

    assert is_stopped("connect")
    assert "Let it go on" not in client.get("/finance/rails/").content.decode()


def test_a_rail_that_is_none_is_not_found(db: None) -> None:
    client = signed_in("FINANCE_APPROVER")

    assert client.post("/finance/rails/pigeons/lift/").status_code == 404
    assert (
        client.post(f"{RAILS}pigeons/lift/", {}, "application/json", headers={"Idempotency-Key": "lift-1"}).status_code
        == 404
    )
