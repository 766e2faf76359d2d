"""Appeals in pages: who reads what, who decides, and where a notice leads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock, events
from common.money import Money
from marketplace.experts.models import Expert
from marketplace.identity.models import Organization, User
from marketplace.notifications.models import Notice
from marketplace.projects.models import Project
from marketplace.standing import commands as standing
from marketplace.standing.models import Appeal
from marketplace.timesheets import commands as time
from marketplace.timesheets.models import TimeDecision
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW

WHY = "I answered the client's questions in that hour."


@pytest.fixture(autouse=True)
def still() -> Any:
    """Let the clock stand still."""
    with clock.at(NOW):
        yield


@pytest.fixture
def ada(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Ada Quispe")


@pytest.fixture
def rita(acme: Organization, olga: User) -> User:
    """Return the manager who cut."""
    return people.add_member(acme, olga, "Rita Manager", "PROJECT_MANAGER")


@pytest.fixture
def cut(project: Project, olga: User, ada: Expert, rita: User) -> TimeDecision:
    """Return Rita's cut of one of two hours at 30.00 EUR."""
    engagement = people.hire(people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR")), ada, olga)
    entry = time.add_manual_entry(
        engagement_id=engagement.id,
        starts_at=NOW - timedelta(hours=2),
        ends_at=NOW,
        reason="The power was out.",
        by=ada.user,
        now=NOW,
    )
    words = {"reason_code": "NO_OUTPUT", "reason_text": "No work after eleven."}
    return time.cut_entry(entry_id=entry.id, approved_seconds=3600, **words, by=rita, now=NOW)


@pytest.fixture
def appeal(cut: TimeDecision, ada: Expert) -> Appeal:
    """Return Ada's appeal."""
    return standing.appeal_time_cut(decision_id=cut.id, text=WHY, by=ada.user, now=NOW)


def open_as(user: User) -> Client:
    """Return a browser without scripts in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_expert_reads_the_cut_and_appeals_it_once(cut: TimeDecision, ada: Expert) -> None:
    page = open_as(ada.user)
    url = f"/appeals/time/{cut.id}/"

    read = page.get(url).content.decode()
    sent = page.post(url, {"text": WHY})
    again = page.post(url, {"text": WHY})

    appeal = Appeal.objects.get()
    assert "No work after eleven." in read
    assert [sent["Location"], again["Location"]] == [f"/appeals/{appeal.id}/"] * 2


def test_too_few_words_open_nothing(cut: TimeDecision, ada: Expert) -> None:
    answer = open_as(ada.user).post(f"/appeals/time/{cut.id}/", {"text": "No."})

    assert (answer.status_code, Appeal.objects.count()) == (422, 0)


def test_after_thirty_days_the_page_offers_no_appeal(cut: TimeDecision, ada: Expert) -> None:
    with clock.at(NOW + timedelta(days=31)):
        read = open_as(ada.user).get(f"/appeals/time/{cut.id}/").content.decode()

    assert "can no longer be appealed" in read
    assert "Send the appeal" not in read


def test_the_appellant_never_reads_who_decided(appeal: Appeal, ada: Expert, olga: User) -> None:
    standing.decide_appeal(appeal_id=appeal.id, outcome="UPHELD", answer="It stays.", by=olga, now=NOW)

    read = open_as(ada.user).get(f"/appeals/{appeal.id}/").content.decode()

    assert "It stays." in read
    assert "Rita" not in read
    assert "Olga" not in read


def test_the_first_decider_reads_why_they_cannot_decide_and_cannot(appeal: Appeal, rita: User) -> None:
    page = open_as(rita)
    url = f"/appeals/{appeal.id}/"

    read = page.get(url).content.decode()
    page.post(url, {"outcome": "UPHELD", "answer": "I stay with it."})

    appeal.refresh_from_db()
    assert "You made the decision that is appealed" in read
    assert "Decide the appeal" not in read
    assert appeal.state == "OPEN"


def test_a_won_appeal_shows_what_was_paid(appeal: Appeal, ada: Expert, olga: User) -> None:
    url = f"/appeals/{appeal.id}/"

    open_as(olga).post(url, {"outcome": "OVERTURNED", "answer": "The letters are there."})

    read = open_as(ada.user).get(url).content.decode()
    assert [earning.amount_minor for earning in Earning.objects.order_by("id")] == [3000, 3000]
    assert "Paid: €30.00" in read


@pytest.mark.parametrize("path", ["/appeals/time/{cut}/", "/appeals/{appeal}/"])
def test_nobody_elses_decision_or_appeal_is_there(cut: TimeDecision, appeal: Appeal, path: str) -> None:
    mallory = people.make_expert("Mallory Marsh")

    answer = open_as(mallory.user).get(path.format(cut=cut.id, appeal=appeal.id))

    assert answer.status_code == 404


def test_every_notice_of_an_appeal_leads_to_a_page_that_its_reader_may_see(appeal: Appeal, olga: User) -> None:
    standing.decide_appeal(appeal_id=appeal.id, outcome="UPHELD", answer="It stays.", by=olga, now=NOW)
    events.deliver_due(now=NOW)
    notices = Notice.objects.filter(kind__in=["time.cut", "appeal.opened", "appeal.decided"]).select_related("user")

    answers = {notice.kind: open_as(notice.user).get(notice.path, follow=True).status_code for notice in notices}

    assert answers == {"time.cut": 200, "appeal.opened": 200, "appeal.decided": 200}
