"""A payee is told in time, and each time once, that their tax form runs out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from common import clock, events
from common.models import OutboxEvent
from marketplace.notifications.models import Notice
from payouts.payees.commands import remind_of_expiry
from payouts.payees.models import TaxForm, TaxFormReminder
from tests.payouts.people import NOW, make_person

LAST_DAY = date(2029, 12, 31)


@pytest.fixture
def form(ada: Any) -> TaxForm:
    """Ada's accepted form, which counts until the end of 2029."""
    return made(ada)


def made(worker: Any, **changes: Any) -> TaxForm:
    reviewer = make_person(f"Reviewer{TaxForm.objects.count()}")
    facts: dict[str, Any] = {
        "form": "W8BEN",
        "legal_name": "Ada Obi",
        "tax_country": "DE",
        "works_in_us": False,
        "signed_on": date(2026, 11, 1),
        "expires_on": LAST_DAY,
        "submitted_at": NOW,
        "state": "VALID",
        "reviewed_by": reviewer,
        "reviewed_at": NOW,
        "review_text": "In order.",
    }
    if changes.get("state") == "SUBMITTED":
        facts |= {"reviewed_by": None, "reviewed_at": None, "review_text": ""}
    version = TaxForm.objects.filter(worker=worker).count() + 1
    return TaxForm.objects.create(worker=worker, version=version, **(facts | changes))


def days_before(days: int) -> datetime:
    return datetime.combine(LAST_DAY - timedelta(days=days), time(6, 20), tzinfo=NOW.tzinfo)


def told(days: int) -> int:
    return remind_of_expiry(now=days_before(days))


def test_it_is_told_60_30_and_7_days_before_and_each_once(form: TaxForm, ada: Any) -> None:
    days = [61, 60, 60, 59, 31, 30, 29, 8, 7, 6, 0, -1]

    found = [told(left) for left in days]

    assert found == [0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    news = OutboxEvent.objects.filter(name="payouts.tax_form.expiring").order_by("id")
    assert [row.payload["days_left"] for row in news] == [60, 30, 7]
    with clock.at(days_before(7)):
        events.deliver_due(now=days_before(7))
    notices = Notice.objects.filter(user=ada, kind="tax_form.expiring")
    assert {notice.title for notice in notices} == {"Your Form W-8BEN runs out on 2029-12-31"}
    assert notices.count() == 3


@pytest.mark.usefixtures("form")
def test_days_that_were_missed_are_told_as_one() -> None:
    assert [told(5), told(4)] == [1, 0]
    assert sorted(TaxFormReminder.objects.values_list("days", flat=True)) == [7, 30, 60]


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(("state", "found"), [("SUBMITTED", 0), ("VALID", 0), ("REJECTED", 1)])
def test_who_has_a_newer_form_is_told_nothing_of_the_older(ada: Any, state: str, found: int) -> None:
    made(ada, state=state, expires_on=date(2032, 12, 31))

    assert told(30) == found


def test_a_w9_never_runs_out_and_a_form_that_waits_is_not_reminded_of(ada: Any, bola: Any) -> None:
    made(ada, form="W9", tax_country="US", expires_on=None)
    made(bola, state="SUBMITTED")

    assert told(7) == 0


@pytest.mark.usefixtures("form")
def test_what_was_told_stands() -> None:
    told(60)

    for sql in ("UPDATE payouts_taxformreminder SET days = 7", "DELETE FROM payouts_taxformreminder"):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
