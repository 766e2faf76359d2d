"""The console of rails, over HTTP and as pages."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.payouts.people import make_person

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
