"""What work is billed: by the bill line of the pay line's own opening and unit, in force when the work ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from common import clock
from common.errors import NotFound, NotPermitted
from common.money import Money
from marketplace.identity.models import User
from marketplace.portal.handlers import tell_bill_rates, tell_client
from marketplace.projects import commands as projects
from marketplace.projects.errors import OpeningNotFound
from marketplace.projects.models import Project
from payouts.facade import WorkPrice
from tests.marketplace import people
from tests.marketplace.people import START


def test_work_is_billed_by_the_line_in_force_when_it_ended(project: Project, olga: User, paula: User) -> None:
    opening = people.make_opening(project, olga)
    pay = people.pay_line_of(opening)
    change = START + timedelta(days=10)
    first = projects.add_rate_line(
        opening_id=opening.id,
        side="BILL",
        unit=pay.unit,
        money=Money(4000, "EUR"),
        effective_from=START,
        by=paula,
        now=START,
    )
    projects.end_rate_line(opening_id=opening.id, line_id=first.id, ends_at=change, by=paula, now=START)
    second = projects.add_rate_line(
        opening_id=opening.id,
        side="BILL",
        unit=pay.unit,
        money=Money(4400, "EUR"),
        effective_from=change,
        by=paula,
        now=START,
    )
    asked = [
        WorkPrice(str(pay.id), pay.unit, change - timedelta(seconds=1)),
        WorkPrice(str(pay.id), pay.unit, change),
        WorkPrice(str(pay.id), pay.unit, START - timedelta(days=1)),
        WorkPrice(str(pay.id), "TASK", change),
        WorkPrice("rate_line:1", pay.unit, change),
    ]

    found = tell_bill_rates(asked)

    assert {price: rate.key for price, rate in found.items()} == {
        asked[0]: f"rate_line:{first.id}",
        asked[1]: f"rate_line:{second.id}",
    }
    assert found[asked[1]].rate == Money(4400, "EUR")


def test_the_client_does_not_say_itself_what_it_is_billed(project: Project, olga: User, paula: User) -> None:
    opening = people.make_opening(project, olga)
    stranger = people.make_user("Sven Stranger")
    price: dict[str, Any] = {"unit": "ACCEPTED_TASK", "effective_from": START, "now": START}

    with pytest.raises(NotPermitted):
        projects.add_rate_line(opening_id=opening.id, side="BILL", money=Money(1, "EUR"), by=olga, **price)
    with pytest.raises(OpeningNotFound):
        projects.add_rate_line(opening_id=opening.id, side="BILL", money=Money(1, "EUR"), by=stranger, **price)
    with pytest.raises(NotFound):
        projects.add_rate_line(opening_id=opening.id, side="PAY", money=Money(1, "EUR"), by=paula, **price)
    line = projects.add_rate_line(opening_id=opening.id, side="BILL", money=Money(400, "EUR"), by=paula, **price)
    with pytest.raises(NotPermitted):
        projects.end_rate_line(
            opening_id=opening.id, line_id=line.id, ends_at=START + timedelta(days=1), by=olga, now=START
        )


def test_finance_prices_by_pages_and_api_what_managers_only_read(project: Project, olga: User, paula: User) -> None:
    opening = people.make_opening(project, olga)
    path = f"/api/v1/openings/{opening.id}/rate-lines/"
    body = {
        "side": "BILL",
        "unit": "ACCEPTED_TASK",
        "rate": {"amount_minor": 450, "currency": "EUR"},
        "effective_from": (clock.now() + timedelta(hours=1)).isoformat(),
    }
    manager, finance = APIClient(), APIClient()
    manager.force_authenticate(olga)
    finance.force_authenticate(paula)

    assert manager.post(path, body, format="json").status_code == 403
    made = finance.post(path, body, format="json")
    assert made.status_code == 201, made.content
    assert [line["side"] for line in manager.get(path).json()] == ["BILL", "PAY"]
    assert [line["side"] for line in finance.get(path).json()] == ["BILL", "PAY"]

    browser = Client()
    browser.force_login(paula)
    page = browser.get("/finance/bill-rates/").content.decode()
    assert "€4.50" in page
    ends_at = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    ended = browser.post(f"/finance/bill-rates/{opening.id}/{made.json()['id']}/end/", {"ends_at": ends_at})
    assert ended.status_code == 302, ended.content
    browser.force_login(olga)
    assert browser.get("/finance/bill-rates/").status_code == 403


@pytest.mark.django_db
def test_a_client_is_named_by_its_id_or_short_name() -> None:
    row = people.make_organization(people.make_user("Olu Owner"))

    found = [tell_client(text) for text in (str(row.id), row.slug, "nobody")]

    assert [each and each.id for each in found] == [row.id, row.id, None]
