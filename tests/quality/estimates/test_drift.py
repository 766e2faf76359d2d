"""Whose work seems to have fallen, and what is told of it."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from quality.estimates.drift import describe_certainty
from quality.facade import Fall, JudgmentKind, NewJudgment, ScopeCodes, get_estimate, record_judgments, refit
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold, give_reviews

LATER = NOW + timedelta(days=90)
CODES = {"domain": LAW.domain, "locale": LAW.locale, "task_kind": LAW.task_kind}


def fall_of(person: MakeWorker, name: str, scope: ScopeCodes = LAW) -> Fall | None:
    with clock.at(LATER):
        return get_estimate(
            worker_id=person(name).id, domain=scope.domain, locale=scope.locale, task_kind=scope.task_kind
        ).drift


@pytest.fixture
def steady(person: MakeWorker) -> None:
    """Ada and Bola each found 190 of 200 planted errors, three months ago."""
    for name in ("Ada", "Bola"):
        give_gold(person(name).id, found=190, missed=10)
    refit(now=NOW)


def test_a_fall_says_since_when_from_which_level_to_which_and_how_sure(steady: None, person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=30, missed=0, at=LATER - timedelta(days=9))
    give_gold(person("Ada").id, found=0, missed=12, at=LATER - timedelta(days=2))

    fall = fall_of(person, "Ada")

    assert fall is not None
    assert fall.since == LATER - timedelta(days=2)
    assert fall.before.low90 < fall.before.mean < fall.before.high90
    assert fall.before.mean == pytest.approx(0.95, abs=0.01)
    assert (fall.after.mean, fall.after.low90, fall.answers) == (0.0, 0.0, 12)
    assert 0.1 < fall.after.high90 < 0.3
    assert fall.how_sure.startswith("Fairly sure: answers like these are about ")


def test_steady_work_and_work_without_a_past_have_not_fallen(steady: None, person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=28, missed=2, at=LATER)
    give_gold(person("Chen").id, found=3, missed=30, at=LATER)

    assert [fall_of(person, name) for name in ("Ada", "Bola", "Chen", "Nobody")] == [None] * 4


def test_a_wider_scope_has_no_fall_of_its_own(steady: None, person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=0, missed=20, at=LATER)

    assert fall_of(person, "Ada") is not None
    assert fall_of(person, "Ada", ScopeCodes(LAW.domain)) is None


def test_who_has_risen_again_has_not_fallen(steady: None, person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=0, missed=12, at=LATER - timedelta(days=30))
    give_gold(person("Ada").id, found=150, missed=0, at=LATER - timedelta(days=2))

    assert fall_of(person, "Ada") is None


def test_a_stricter_reviewer_is_no_fall(person: MakeWorker) -> None:
    for name in ("Ada", "Bola", "Chen"):
        give_reviews(person(name).id, person("Mild").id, [0.9] * 60)
        give_reviews(person(name).id, person("Usual").id, [0.9] * 60, at=NOW + timedelta(minutes=1))
    refit(now=NOW + timedelta(days=1))
    for name in ("Bola", "Chen"):
        give_reviews(person(name).id, person("Usual").id, [0.9] * 60, at=LATER - timedelta(days=20))
    for name in ("Ada", "Bola", "Chen"):
        give_reviews(person(name).id, person("Strict").id, [0.5] * 60, at=LATER - timedelta(days=3))

    assert fall_of(person, "Ada") is not None
    refit(now=LATER)
    assert fall_of(person, "Ada") is None


def test_planted_items_that_are_harder_than_reviews_are_no_fall(person: MakeWorker) -> None:
    give_reviews(person("Ada").id, person("Rui").id, [0.98] * 200)
    refit(now=NOW)

    give_gold(person("Ada").id, found=24, missed=12, at=LATER - timedelta(days=2))

    assert fall_of(person, "Ada") is None


def test_the_criteria_of_one_review_are_parts_of_one_answer(person: MakeWorker) -> None:
    give_reviews(person("Ada").id, person("Rui").id, [0.95] * 100)
    refit(now=NOW)
    record_judgments(
        judgments=[
            NewJudgment(
                worker_id=person("Ada").id,
                actor_id=person("Rui").id,
                scope=LAW,
                kind=JudgmentKind.REVIEW,
                value=0.1,
                source_key=f"review:{review}:{criterion}",
                criterion=str(criterion),
                confidence=0.2,
                at=LATER - timedelta(days=1),
            )
            for review in range(2)
            for criterion in range(5)
        ],
        now=LATER,
    )

    assert fall_of(person, "Ada") is None


def test_a_page_asks_the_database_a_few_times(steady: None, person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=0, missed=20, at=LATER)
    with (
        clock.at(LATER),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        get_estimate(worker_id=person("Ada").id, **CODES)

    assert len(asked) <= 14


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (6.0, "Fairly sure: answers like these are about 400 times"),
        (math.log(20_500), "Very sure: answers like these are about 20,000 times"),
        (99.0, "Very sure: answers like these are more than a million times"),
    ],
)
def test_certainty_is_told_in_words(evidence: float, words: str) -> None:
    assert describe_certainty(evidence).startswith(words)
