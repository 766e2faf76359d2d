"""Time in pages: the timer's card, the weekly sheet, what managers approve."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from common import clock
from common.money import Money
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands as time
from marketplace.timesheets.models import TimeEntry, TimeEvent
from tests.marketplace import people
from tests.marketplace.people import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def bola(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Bola Ade")


@pytest.fixture
def engagement(project: Project, olga: User, bola: Expert) -> Engagement:
    """Return an engagement paid 30.00 EUR an hour, for at most ten hours a week."""
    return people.hire(people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR")), bola, olga)


def open_as(user: User) -> Client:
    """Return a browser without scripts in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_timer_survives_a_reload_and_ends_when_it_is_pressed_again(engagement: Engagement, bola: Expert) -> None:
    page = open_as(bola.user)
    with clock.at(NOW):
        page.post("/time/timer/start/", {"engagement_id": str(engagement.id)}, headers=HTMX)
    with clock.at(NOW + timedelta(minutes=10)):
        shown = page.get("/time/").content.decode()
        page.post("/time/timer/beat/", headers=HTMX)
    with clock.at(NOW + timedelta(minutes=20)):
        card = page.post("/time/timer/stop/", headers=HTMX).content.decode()

    assert 'data-running-since-seconds="600"' in shown
    assert "handed in" in card
    entry = TimeEntry.objects.get()
    assert (entry.state, entry.starts_at, entry.ends_at) == ("SUBMITTED", NOW, NOW + timedelta(minutes=20))


def test_a_beat_of_a_timer_that_ended_says_so_and_reports_nothing(engagement: Engagement, bola: Expert) -> None:
    answer = open_as(bola.user).post("/time/timer/beat/", headers=HTMX)

    assert "does not run any more" in answer.content.decode()
    assert TimeEvent.objects.count() == 0


def test_a_second_start_is_refused_in_words_and_the_first_runs_on(engagement: Engagement, bola: Expert) -> None:
    page = open_as(bola.user)
    for _ in range(2):
        answer = page.post("/time/timer/start/", {"engagement_id": str(engagement.id)}, headers=HTMX)

    assert "stop it first" in answer.content.decode()
    assert TimeEvent.objects.count() == 1


def test_a_page_does_not_report_for_a_timer_that_another_device_runs(engagement: Engagement, bola: Expert) -> None:
    start = time.ReportInput(sequence=1, kind="START", client_at=NOW)
    time.record_reports(engagement_id=engagement.id, device="phone", reports=[start], by=bola.user, now=NOW)

    with clock.at(NOW + timedelta(minutes=5)):
        answer = open_as(bola.user).post("/time/timer/beat/", headers=HTMX)

    assert 'data-running-since-seconds="300"' in answer.content.decode()
    assert TimeEvent.objects.count() == 1


def test_a_timer_of_a_paused_engagement_says_why_and_can_be_stopped(engagement: Engagement, bola: Expert) -> None:
    page = open_as(bola.user)
    time.start_timer(engagement_id=engagement.id, by=bola.user, now=NOW)
    Engagement.objects.update(state=Engagement.State.PAUSED)

    with clock.at(NOW + timedelta(minutes=6)):
        beat = page.post("/time/timer/beat/", headers=HTMX).content.decode()
        page.post("/time/timer/stop/")

    assert "paused" in beat
    assert TimeEntry.objects.get().ends_at == NOW + timedelta(minutes=6)
