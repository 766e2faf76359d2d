"""What work is billed: by the bill line of the pay line's own opening and unit, in force when the work ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.money import Money
from marketplace.identity.models import User
from marketplace.portal.handlers import tell_bill_rates, tell_client
from marketplace.projects import commands as projects
from marketplace.projects.models import Project
from payouts.facade import WorkPrice
from tests.marketplace import people
from tests.marketplace.people import START


def test_work_is_billed_by_the_line_in_force_when_it_ended(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    pay = people.pay_line_of(opening)
    change = START + timedelta(days=10)
    first = projects.add_rate_line(
        opening_id=opening.id,
        side="BILL",
        unit=pay.unit,
        money=Money(4000, "EUR"),
        effective_from=START,
        by=olga,
        now=START,
    )
    projects.end_rate_line(opening_id=opening.id, line_id=first.id, ends_at=change, by=olga, now=START)
    second = projects.add_rate_line(
        opening_id=opening.id,
        side="BILL",
        unit=pay.unit,
        money=Money(4400, "EUR"),
        effective_from=change,
        by=olga,
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


@pytest.mark.django_db
def test_a_client_is_named_by_its_id_or_short_name() -> None:
    row = people.make_organization(people.make_user("Olu Owner"))

    found = [tell_client(text) for text in (str(row.id), row.slug, "nobody")]

    assert [each and each.id for each in found] == [row.id, row.id, None]
