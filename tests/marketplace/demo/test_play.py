"""The demo on a small piece of data: what it reports, that it adds nothing twice, that every figure follows the data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client

from common import clock
from marketplace.demo.play import DemoOptions, play
from marketplace.demo.seeding import SeedOptions, seed
from marketplace.hiring.models import Application
from marketplace.notifications.models import Notice
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.standing.models import Appeal
from marketplace.timesheets import commands as timesheets
from marketplace.timesheets.models import TimeEntry
from marketplace.work.models import Claim, Review, Submission
from quality.models import FitRun, QualityEstimate
from tests.marketplace.demo.stage import AS_OF, CHECKS, REAL_NOW, count_rows, stand_in, write_small_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_small_data(tmp_path / "data")


@pytest.fixture
def provider(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with stand_in(settings, monkeypatch), clock.at(REAL_NOW):
        yield


@pytest.fixture
def real_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the made-up mistakes out, which take seconds; ``test_mistakes.py`` plays them."""
    monkeypatch.setattr("marketplace.demo.play.play_mistakes", lambda cast, *, now: None)
    monkeypatch.setattr("marketplace.demo.report.report_mistakes", lambda cast: {})


def play_small(data: Path, **changes: Any) -> dict[str, Any]:
    return play(DemoOptions(**{"data": data, "as_of": AS_OF, "crowd": 6, **changes}), say=lambda words: None)


@pytest.mark.usefixtures("provider")
def test_a_piece_of_work_goes_from_sign_up_to_money_in_the_bank(small: Path) -> None:
    report = play_small(small)

    estimates, mistakes = report.pop("estimates"), report.pop("mistakes")
    # Two sessions each: 1 + 5 minutes and 1 + 4 minutes.
    assert report == {
        "experts_hired": 2,
        "submissions_decided": 6,
        "returned_once": 1,
        "hours_approved": 0.37,
        "cycles_paid": 1,
        # Three accepted tasks at 2.65, eleven minutes at 38.00 an hour: 3.80 and 3.17.
        "paid": {"EUR": 3 * 265 + 380 + 317},
        "ledger_differences": 0,
    }
    assert estimates["rater2"]["mean"] < estimates["rater1"]["mean"]
    assert estimates["rater1"]["n_eff"] == CHECKS
    assert mistakes["people_told"] == 6


@pytest.mark.usefixtures("provider", "real_alone")
def test_a_missed_check_is_returned_with_code_and_words_and_the_expert_told(small: Path) -> None:
    play_small(small)

    review = Review.objects.get(submission__claim__project__code="wmt23-en-de", decision=Review.Decision.RETURN)
    assert review.reason_code == Review.ReasonCode.MISSED_CHECK
    assert "attention check" in review.reason_text
    assert review.author.email.startswith("rater2@")
    assert Notice.objects.filter(user=review.author, kind="submission.return").exists()
    assert Notice.objects.filter(user=review.author, kind="payout.paid").exists()


@pytest.mark.usefixtures("provider")
def test_a_second_run_adds_no_row_and_reports_the_same(small: Path) -> None:
    first = play_small(small)
    rows = count_rows()

    assert play_small(small) == first
    assert count_rows() == rows
    # What is made up after the one fit moves no estimate of the real work.
    assert FitRun.objects.count() == 1
    assert not QualityEstimate.objects.filter(
        worker__email__startswith="rater", is_current=True, is_online=True
    ).exists()


@pytest.mark.usefixtures("provider", "real_alone")
def test_a_run_on_a_later_day_finds_what_was_played(small: Path) -> None:
    first = play_small(small)
    rows = count_rows()

    assert play_small(small, as_of=AS_OF + timedelta(days=1)) == first
    assert count_rows() == rows


@pytest.mark.usefixtures("provider", "real_alone")
def test_of_time_that_was_cut_the_report_counts_what_is_left(small: Path) -> None:
    play_small(small)
    engagement = Engagement.objects.get(opening__project__code="wmt23-en-de", expert__user__email__startswith="rater2@")
    entry = timesheets.add_manual_entry(
        engagement_id=engagement.id,
        starts_at=REAL_NOW - timedelta(hours=5),
        ends_at=REAL_NOW - timedelta(hours=3),
        reason="Read the printed edition.",
        by=engagement.expert.user,
        now=REAL_NOW,
    )
    timesheets.cut_entry(
        entry_id=entry.id,
        approved_seconds=3600,
        reason_code="NO_OUTPUT",
        reason_text="There is work of one hour.",
        by=engagement.opening.project.created_by,
        now=REAL_NOW,
    )

    assert play_small(small)["hours_approved"] == 1.37


@pytest.mark.usefixtures("provider", "real_alone")
def test_an_interrupted_run_goes_on_where_it_stopped(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("marketplace.demo.play.play_sessions", stop)
        with pytest.raises(KeyboardInterrupt):
            play_small(small)

    assert play_small(small)["paid"] == {"EUR": 3 * 265 + 380 + 317}


@pytest.mark.usefixtures("provider", "real_alone")
def test_without_one_expert_every_figure_follows(tmp_path: Path) -> None:
    report = play_small(write_small_data(tmp_path / "one", workers=("rater1",)))

    assert report["experts_hired"] == 1
    assert report["submissions_decided"] == 3
    assert report["returned_once"] == 0
    assert report["hours_approved"] == 0.18
    assert list(report["estimates"]) == ["rater1"]
    assert report["paid"] == {"EUR": 3 * 265}


def test_a_seed_makes_people_of_every_role_and_finds_them_again() -> None:
    options = SeedOptions(seed=4, organizations=2, experts=8)
    with clock.at(REAL_NOW):
        first = seed(options, now=REAL_NOW)
        second = seed(options, now=REAL_NOW)

    assert len(first["experts"]) == 8
    assert {user["role"] for user in first["platform"]} >= {"FINANCE_PREPARER", "FINANCE_APPROVER", "OPERATOR"}
    for before, after in zip(first["organizations"], second["organizations"], strict=True):
        assert {user["role"] for user in before["users"]} == {"OWNER", "PROJECT_MANAGER", "REVIEWER"}
        assert before["projects"] == after["projects"]
        assert before["api_keys"][0]["key"] != after["api_keys"][0]["key"]
    assert [user["email"] for user in first["experts"]] == [user["email"] for user in second["experts"]]


def test_a_seeded_client_has_work_time_and_offers_in_every_state() -> None:
    with clock.at(REAL_NOW):
        report = seed(SeedOptions(seed=4, organizations=1, experts=8), now=REAL_NOW)

    project = Project.objects.get(code=report["organizations"][0]["projects"][1]["code"])
    submissions = Submission.objects.filter(claim__project=project)
    assert set(submissions.values_list("state", flat=True)) == set(Submission.State.values)
    assert set(Claim.objects.filter(project=project).values_list("state", flat=True)) == {
        "ACTIVE",
        "SUBMITTED",
        "DECIDED",
    }
    entries = TimeEntry.objects.filter(engagement__opening__project=project)
    assert set(entries.values_list("state", flat=True)) == {"SUBMITTED", "APPROVED", "CUT", "WITHDRAWN"}
    assert set(Application.objects.values_list("state", flat=True)) == {"SUBMITTED", "SHORTLISTED"}
    assert set(Offer.objects.values_list("state", flat=True)) == {"SENT", "ACCEPTED"}
    assert Invitation.objects.filter(state=Invitation.State.SENT).count() == 1
    assert Appeal.objects.filter(state=Appeal.State.OPEN).count() == 1


def test_a_seeded_password_and_token_open_the_door() -> None:
    with clock.at(REAL_NOW):
        expert = seed(SeedOptions(seed=4, organizations=1, experts=2), now=REAL_NOW)["experts"][0]

    assert authenticate(request=None, username=expert["email"], password=expert["password"]) is not None
    me = Client(headers={"authorization": f"Token {expert['token']}"}).get("/api/v1/me/")
    assert me.status_code == 200
    assert me.json()["email"] == expert["email"]


def test_bad_data_are_named_before_anything_starts(tmp_path: Path) -> None:
    bad = write_small_data(tmp_path / "bad") / "errors.csv"
    bad.write_text(bad.read_text().replace("Found", "Foud", 1))

    with pytest.raises(CommandError, match=r"errors\.csv, line 3"):
        call_command("demo", data=bad.parent)
