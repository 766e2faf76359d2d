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
from marketplace.timesheets.approvals import list_weeks_to_approve
from marketplace.timesheets.models import TimeEntry, TimeEvent
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def bola(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Bola Ade")


@pytest.fixture
def engagement(project: Project, olga: User, bola: Expert) -> Engagement:
    """Return an engagement paid 30.00 EUR an hour, for at most 40 hours a week."""
    return people.hire(people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR")), bola, olga)


def open_as(user: User) -> Client:
    """Return a browser without scripts in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("week", ["9999-12-31", "0001-01-01"])
def test_a_week_at_the_end_of_the_calendar_shows_this_week(engagement: Engagement, bola: Expert, week: str) -> None:
    assert open_as(bola.user).get(f"/time/?engagement={engagement.id}&week={week}").status_code == 200


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


def enter(engagement: Engagement, by: User, hours: float, *, days_ago: int = 1) -> TimeEntry:
    """Return time entered by hand that ended ``days_ago``."""
    ends_at = NOW - timedelta(days=days_ago)
    return time.add_manual_entry(
        engagement_id=engagement.id,
        starts_at=ends_at - timedelta(hours=hours),
        ends_at=ends_at,
        reason="The power was out.",
        by=by,
        now=NOW,
    )


def track(engagement: Engagement, by: User, *steps: tuple[str, int]) -> None:
    """Report what a phone tracked, in minutes after 05:30 UTC today."""
    start = NOW - timedelta(hours=4)
    reports = [
        time.ReportInput(sequence=number, kind=kind, client_at=start + timedelta(minutes=minutes))
        for number, (kind, minutes) in enumerate(steps, 1)
    ]
    time.record_reports(engagement_id=engagement.id, device="phone", reports=reports, by=by, now=NOW)


def test_the_sheet_says_at_which_instants_the_week_begins_and_ends(engagement: Engagement, bola: Expert) -> None:
    User.objects.filter(id=bola.user_id).update(timezone="Asia/Tokyo")
    enter(engagement, bola.user, 2)

    with clock.at(NOW):
        read = open_as(bola.user).get("/time/").content.decode()

    assert "America/La_Paz" in read
    assert 'datetime="2026-11-09T04:00:00+00:00"' in read
    assert 'datetime="2026-11-16T04:00:00+00:00"' in read
    assert "05:30" in read  # the end of yesterday's entry by the clock in La Paz


@pytest.mark.parametrize(
    ("at", "words"),
    [("2026-10-25T02:30", "comes twice in Europe/Berlin"), ("2026-03-29T02:30", "does not exist in Europe/Berlin")],
)
def test_times_that_the_clocks_skip_or_repeat_are_refused_in_words(
    project: Project, olga: User, at: str, words: str
) -> None:
    carla = people.make_expert("Carla Berg", timezone="Europe/Berlin")
    people.hire(people.make_opening(project, olga, unit="HOUR"), carla, olga)

    with clock.at(NOW):
        sent = {"starts_at": at, "ends_at": "2026-10-25T04:00", "reason": "The power was out."}
        answer = open_as(carla.user).post("/time/", sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert TimeEntry.objects.count() == 0


def test_time_entered_by_hand_is_read_by_the_clock_of_the_engagement(engagement: Engagement, bola: Expert) -> None:
    with clock.at(NOW):
        sent = {"starts_at": "2026-11-11T09:00", "ends_at": "2026-11-11T11:00", "reason": "The power was out."}
        answer = open_as(bola.user).post("/time/", sent)

    assert answer.status_code == 302
    assert TimeEntry.objects.get().starts_at.isoformat() == "2026-11-11T13:00:00+00:00"


def test_a_week_waits_with_its_total_and_what_to_look_at(engagement: Engagement, bola: Expert, olga: User) -> None:
    decided = enter(engagement, bola.user, 6, days_ago=2)
    time.cut_entry(
        entry_id=decided.id,
        approved_seconds=3600,
        reason_code="NO_OUTPUT",
        reason_text="No work found.",
        by=olga,
        now=NOW,
    )
    enter(engagement, bola.user, 1)
    track(engagement, bola.user, ("START", 0), ("BEAT", 14), ("START", 60), ("BEAT", 70), ("STOP", 80))

    weeks = list_weeks_to_approve(olga)

    assert [(str(week.monday), week.waiting_seconds, week.week_seconds) for week in weeks] == [
        ("2026-11-09", 3600 + 14 * 60 + 20 * 60, 3600 + 3600 + 14 * 60 + 20 * 60)
    ]
    assert weeks[0].is_much_by_hand
    assert [row.ended_silently for row in weeks[0].rows] == [False, False, False]


def test_a_timer_that_fell_silent_is_marked(engagement: Engagement, bola: Expert, olga: User) -> None:
    track(engagement, bola.user, ("START", 0), ("BEAT", 14), ("BEAT", 60), ("STOP", 70))

    rows = [row for week in list_weeks_to_approve(olga) for row in week.rows]

    assert [(row.seconds, row.ended_silently) for row in rows] == [(840, True), (600, False)]


def test_more_than_the_agreed_hours_is_marked(engagement: Engagement, bola: Expert, olga: User) -> None:
    Engagement.objects.update(weekly_cap_minutes=60)
    enter(engagement, bola.user, 1.5)

    with clock.at(NOW):
        read = open_as(olga).get("/time/approval/").content.decode()

    assert "30 min over the cap" in read.replace("\xa0", " ")


def test_chosen_entries_are_approved_and_the_others_wait(engagement: Engagement, bola: Expert, olga: User) -> None:
    chosen, left = enter(engagement, bola.user, 2), enter(engagement, bola.user, 1, days_ago=2)

    open_as(olga).post("/time/approval/", {"entry_ids": [str(chosen.id)]})

    assert dict(TimeEntry.objects.values_list("id", "state")) == {chosen.id: "APPROVED", left.id: "SUBMITTED"}
    assert [earning.amount_minor for earning in Earning.objects.all()] == [6000]


@pytest.mark.parametrize(("ids", "words"), [([], "Choose at least one"), (["x"], "not an entry")])
def test_nothing_chosen_approves_nothing(
    engagement: Engagement, bola: Expert, olga: User, ids: list[str], words: str
) -> None:
    enter(engagement, bola.user, 2)

    answer = open_as(olga).post("/time/approval/", {"entry_ids": ids}, follow=True)

    assert words in answer.content.decode()
    assert TimeEntry.objects.get().state == "SUBMITTED"


def test_an_entry_that_was_decided_meanwhile_holds_back_the_whole_choice(
    engagement: Engagement, bola: Expert, olga: User
) -> None:
    first, second = enter(engagement, bola.user, 2), enter(engagement, bola.user, 1, days_ago=2)
    time.approve_entries(entry_ids=[first.id], by=olga, now=NOW)

    answer = open_as(olga).post("/time/approval/", {"entry_ids": [str(first.id), str(second.id)]}, follow=True)

    assert "decided meanwhile" in answer.content.decode()
    second.refresh_from_db()
    assert (second.state, Earning.objects.count()) == ("SUBMITTED", 1)


def test_a_cut_needs_words_and_less_time(engagement: Engagement, bola: Expert, olga: User) -> None:
    entry = enter(engagement, bola.user, 2)
    url = f"/time/approval/{entry.id}/cut/"
    page = open_as(olga)
    cut = {"approved_seconds": "1:30", "reason_code": "NO_OUTPUT", "reason_text": "No work after eleven."}

    refused = [page.post(url, {**cut, **change}).status_code for change in _BAD_CUTS]
    states = TimeEntry.objects.get().state
    page.post(url, cut)

    assert (refused, states) == ([422, 422, 422], "SUBMITTED")
    assert TimeEntry.objects.get().state == "CUT"
    assert [earning.amount_minor for earning in Earning.objects.all()] == [4500]


_BAD_CUTS: list[dict[str, str]] = [{"reason_text": ""}, {"approved_seconds": "2:00"}, {"reason_code": "WEATHER"}]


def test_nobody_approves_time_of_another_organization(engagement: Engagement, bola: Expert) -> None:
    entry = enter(engagement, bola.user, 2)
    other = people.make_user("Mallory Owner")
    people.make_organization(other, "Other Client")
    page = open_as(other)

    answers = [
        page.post("/time/approval/", {"entry_ids": [str(entry.id)]}).status_code,
        page.get(f"/time/approval/{entry.id}/cut/").status_code,
    ]

    assert answers == [404, 404]
    assert TimeEntry.objects.get().state == "SUBMITTED"


def test_an_expert_takes_back_what_is_not_decided(engagement: Engagement, bola: Expert, olga: User) -> None:
    taken, kept = enter(engagement, bola.user, 2), enter(engagement, bola.user, 1, days_ago=2)
    time.approve_entries(entry_ids=[kept.id], by=olga, now=NOW)
    page = open_as(bola.user)

    answers = [page.post(f"/time/{entry.id}/withdraw/").status_code for entry in (taken, kept)]

    assert answers == [302, 409]
    assert dict(TimeEntry.objects.values_list("id", "state")) == {taken.id: "WITHDRAWN", kept.id: "APPROVED"}
