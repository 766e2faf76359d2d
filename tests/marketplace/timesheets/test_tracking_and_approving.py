"""Time from the device's reports to the earning."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.codes import list_timezones
from common.errors import InvalidInput, NotPermitted
from common.money import Money
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands as time
from marketplace.timesheets.commands import ReportInput
from marketplace.timesheets.errors import TimeAlreadyDecided, TimeEntryNotFound, TimeOverlaps
from marketplace.timesheets.models import TimeEntry, TimeEvent
from marketplace.timesheets.queries import week_sheet
from marketplace.timesheets.rules import seconds_by_day, week_bounds
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW


@pytest.fixture
def bola(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Bola Ade")


@pytest.fixture
def engagement(project: Project, olga: User, bola: Expert) -> Engagement:
    """Return an engagement paid 30.00 EUR an hour."""
    opening = people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR"))
    return people.hire(opening, bola, olga)


def reports(start: datetime, *steps: tuple[str, int], first: int = 1) -> list[ReportInput]:
    """Return reports of (kind, minutes after ``start``), numbered from ``first``."""
    return [
        ReportInput(sequence=first + index, kind=kind, client_at=start + timedelta(minutes=minutes))
        for index, (kind, minutes) in enumerate(steps)
    ]


WORK = (("START", 0), ("BEAT", 10), ("BEAT", 20), ("PAUSE", 30), ("START", 45), ("BEAT", 55), ("STOP", 60))


def test_an_offline_batch_becomes_entries_and_sent_twice_changes_nothing(engagement: Engagement, bola: Expert) -> None:
    start = NOW - timedelta(hours=2)
    batch = reports(start, *WORK)

    time.record_reports(engagement_id=engagement.id, device="phone", reports=batch, by=bola.user, now=NOW)
    time.record_reports(engagement_id=engagement.id, device="phone", reports=batch, by=bola.user, now=NOW)

    entries = TimeEntry.objects.order_by("starts_at")
    assert [(entry.starts_at - start, entry.ends_at - start, entry.state) for entry in entries if entry.ends_at] == [
        (timedelta(0), timedelta(minutes=30), "SUBMITTED"),
        (timedelta(minutes=45), timedelta(minutes=60), "SUBMITTED"),
    ]
    assert TimeEvent.objects.count() == 7


def test_reports_in_any_order_of_arrival_fold_to_the_same_time(engagement: Engagement, bola: Expert) -> None:
    batch = reports(NOW - timedelta(hours=2), *WORK)
    for part in (batch[4:], batch[:2], batch[2:4]):
        time.record_reports(engagement_id=engagement.id, device="phone", reports=part, by=bola.user, now=NOW)

    total = sum((entry.ends_at - entry.starts_at for entry in TimeEntry.objects.all() if entry.ends_at), timedelta())

    assert total == timedelta(minutes=45)


def test_a_timer_lives_in_the_database_and_ends_at_the_last_sign_of_life(engagement: Engagement, bola: Expert) -> None:
    time.start_timer(engagement_id=engagement.id, by=bola.user, now=NOW)
    time.beat_timer(by=bola.user, now=NOW + timedelta(minutes=7))
    with pytest.raises(TimeOverlaps):
        time.start_timer(engagement_id=engagement.id, by=bola.user, now=NOW + timedelta(minutes=8))

    assert time.close_silent_timers(now=NOW + timedelta(minutes=40)) == 1

    entry = TimeEntry.objects.get()
    assert (entry.state, entry.ends_at) == ("SUBMITTED", NOW + timedelta(minutes=7))


def test_a_clock_that_runs_ahead_books_no_time_that_has_not_happened(engagement: Engagement, bola: Expert) -> None:
    ahead = reports(NOW + timedelta(minutes=1), ("START", 0), ("BEAT", 10), ("STOP", 20))

    time.record_reports(engagement_id=engagement.id, device="phone", reports=ahead, by=bola.user, now=NOW)

    entry = TimeEntry.objects.get()
    assert entry.ends_at == NOW
    assert entry.ends_at - entry.starts_at == timedelta(minutes=20)


def test_overlapping_time_is_refused_and_touching_time_is_not(engagement: Engagement, bola: Expert) -> None:
    def enter(start: int, end: int) -> TimeEntry:
        return time.add_manual_entry(
            engagement_id=engagement.id,
            starts_at=NOW - timedelta(minutes=start),
            ends_at=NOW - timedelta(minutes=end),
            reason="The power was out.",
            by=bola.user,
            now=NOW,
        )

    enter(60, 30)
    with pytest.raises(TimeOverlaps):
        enter(31, 10)
    enter(30, 10)

    assert TimeEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (timedelta(hours=1), timedelta(hours=2), "/ends_at"),
        (timedelta(hours=25), timedelta(0), "/ends_at"),
        (timedelta(days=61), timedelta(days=61) - timedelta(hours=1), "/starts_at"),
        (timedelta(minutes=10), timedelta(minutes=-10), "/ends_at"),
    ],
)
def test_impossible_time_is_refused_by_field(
    engagement: Engagement, bola: Expert, starts: timedelta, ends: timedelta, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        time.add_manual_entry(
            engagement_id=engagement.id,
            starts_at=NOW - starts,
            ends_at=NOW - ends,
            reason="Because.",
            by=bola.user,
            now=NOW,
        )

    assert field in [problem.pointer for problem in refused.value.problems]
    assert not TimeEntry.objects.exists()


def enter_hour(engagement: Engagement, bola: Expert, hours_ago: int = 2) -> TimeEntry:
    """Return an entry of one hour."""
    start = NOW - timedelta(hours=hours_ago)
    return time.add_manual_entry(
        engagement_id=engagement.id,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        reason="On the train.",
        by=bola.user,
        now=NOW,
    )


def test_an_approved_hour_is_paid_once(engagement: Engagement, bola: Expert, olga: User) -> None:
    entry = enter_hour(engagement, bola)

    time.approve_entries(entry_ids=[entry.id], by=olga, now=NOW)
    with pytest.raises(TimeAlreadyDecided):
        time.approve_entries(entry_ids=[entry.id], by=olga, now=NOW)

    earning = Earning.objects.get()
    assert (earning.amount_minor, earning.source_key) == (3000, f"time_entry:{entry.id}")


def test_a_cut_pays_the_rest_at_once_and_a_won_appeal_pays_the_difference(
    engagement: Engagement, bola: Expert, olga: User
) -> None:
    cut, whole = enter_hour(engagement, bola), enter_hour(engagement, bola, hours_ago=4)
    decision = time.cut_entry(
        entry_id=cut.id,
        approved_seconds=1800,
        reason_code="NO_OUTPUT",
        reason_text="No work was saved in the second half.",
        by=olga,
        now=NOW,
    )
    time.approve_entries(entry_ids=[whole.id], by=olga, now=NOW)
    assert sorted(Earning.objects.values_list("amount_minor", flat=True)) == [1500, 3000]

    time.restore_cut(decision_id=decision.id, by=olga, now=NOW)

    assert sorted(Earning.objects.values_list("amount_minor", flat=True)) == [1500, 1500, 3000]
    assert TimeEntry.objects.get(id=cut.id).state == TimeEntry.State.APPROVED


def test_nobody_approves_their_own_time_or_that_of_another_client(
    engagement: Engagement, bola: Expert, project: Project
) -> None:
    entry = enter_hour(engagement, bola)
    mallory = people.make_user("Mallory Rival")
    people.make_organization(mallory, "Rival")

    with pytest.raises(TimeEntryNotFound):
        time.approve_entries(entry_ids=[entry.id], by=mallory, now=NOW)
    with pytest.raises(NotPermitted):
        time.approve_entries(entry_ids=[entry.id], by=bola.user, now=NOW)

    assert not Earning.objects.exists()


def test_silence_of_the_client_approves_after_seven_days(engagement: Engagement, bola: Expert) -> None:
    enter_hour(engagement, bola)

    assert time.approve_silently(now=NOW + timedelta(days=6)) == 0
    assert time.approve_silently(now=NOW + timedelta(days=8)) == 1

    assert Earning.objects.get().amount_minor == 3000


def test_a_week_sheet_is_cut_at_midnights_of_the_experts_zone(engagement: Engagement, bola: Expert) -> None:
    enter_hour(engagement, bola)

    sheet = week_sheet(engagement, day=date(2026, 11, 12))

    assert sheet.starts_at == datetime(2026, 11, 9, 4, tzinfo=UTC)
    assert sheet.total_seconds == 3600


@given(
    zone=st.sampled_from(list_timezones()),
    start=st.integers(min_value=1_577_836_800, max_value=1_893_456_000),
    seconds=st.integers(min_value=1, max_value=3 * 86_400),
)
def test_days_always_sum_to_the_elapsed_seconds_in_every_zone(zone: str, start: int, seconds: int) -> None:
    begins = datetime.fromtimestamp(start, tz=UTC)
    ends = begins + timedelta(seconds=seconds)

    shares = seconds_by_day(begins, ends, zone)

    assert sum(shares.values()) == seconds
    assert min(shares) == begins.astimezone(ZoneInfo(zone)).date()


@given(zone=st.sampled_from(list_timezones()), day=st.dates(min_value=date(2015, 1, 1), max_value=date(2030, 1, 1)))
def test_weeks_meet_without_gap_or_overlap_in_every_zone(zone: str, day: date) -> None:
    _, ends = week_bounds(day, zone)
    begins, _ = week_bounds(day + timedelta(days=7), zone)

    assert ends == begins
