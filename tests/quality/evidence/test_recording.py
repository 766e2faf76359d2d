"""Recording is idempotent by source key, refuses what is no evidence, and takes back by newer rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.errors import InvalidInput
from quality.errors import (
    EvidenceAlreadyRecorded,
    GoldAlreadyRetired,
    GoldNotFound,
    JudgmentAlreadySuperseded,
    JudgmentNotFound,
)
from quality.estimates.commands import retire_gold
from quality.facade import (
    ActorKind,
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    NewRating,
    RetirementReason,
    get_estimate,
    has_open_gold,
    plant_gold,
    record_gold_result,
    record_judgment,
    record_judgments,
    record_rating,
    supersede_judgment,
)
from quality.models import GoldExposure, GoldItem, Judgment, QualityEstimate, Rating
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold


@pytest.fixture
def review(person: MakeWorker) -> NewJudgment:
    return NewJudgment(
        worker_id=person("Ada").id,
        actor_id=person("Bola").id,
        scope=LAW,
        kind=JudgmentKind.REVIEW,
        value=0.75,
        source_key="review:1:style",
        at=NOW,
    )


def test_the_same_judgment_twice_is_one_row(review: NewJudgment) -> None:
    first = record_judgment(judgment=review, now=NOW)
    second = record_judgment(judgment=review, now=NOW)

    assert first == second
    assert Judgment.objects.count() == 1


def test_a_source_key_with_other_content_is_refused_and_nothing_changes(review: NewJudgment) -> None:
    record_judgment(judgment=review, now=NOW)
    other = replace(review, source_key="review:2:style")

    with pytest.raises(EvidenceAlreadyRecorded, match="review:1:style"):
        record_judgments(judgments=[other, replace(review, value=0.5)], now=NOW)

    assert list(Judgment.objects.values_list("source_key", "value")) == [("review:1:style", 0.75)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"value": 1.01}, "/0/value"),
        ({"value": float("nan")}, "/0/value"),
        ({"confidence": 0}, "/0/confidence"),
        ({"source_key": ""}, "/0/source_key"),
        ({"source_key": "x" * 201}, "/0/source_key"),
        ({"at": NOW.replace(tzinfo=None)}, "/0/at"),
        ({"kind": JudgmentKind.GOLD, "actor_kind": ActorKind.MODEL}, "/0/actor_kind"),
    ],
)
def test_what_is_no_judgment_is_refused_by_name(review: NewJudgment, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        record_judgment(judgment=replace(review, **change), now=NOW)

    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert Judgment.objects.count() == QualityEstimate.objects.count() == 0


def test_nobody_judges_their_own_work(review: NewJudgment) -> None:
    with pytest.raises(InvalidInput, match="own work"):
        record_judgment(judgment=replace(review, actor_id=review.worker_id), now=NOW)

    assert Judgment.objects.count() == 0


def test_a_key_twice_in_one_list_is_refused(review: NewJudgment) -> None:
    with pytest.raises(InvalidInput, match="twice"):
        record_judgments(judgments=[review, review], now=NOW)

    assert Judgment.objects.count() == 0


def test_a_replaced_judgment_counts_no_more_and_is_replaced_once(review: NewJudgment, person: MakeWorker) -> None:
    record_judgment(judgment=review, now=NOW)
    chen = person("Chen").id

    supersede_judgment(source_key="review:1:style", new_source_key="appeal:1", value=1.0, actor_id=chen, now=NOW)
    with pytest.raises(JudgmentAlreadySuperseded):
        supersede_judgment(source_key="review:1:style", new_source_key="appeal:2", value=0.0, actor_id=chen, now=NOW)

    assert list(Judgment.objects.effective().values_list("source_key", "value")) == [("appeal:1", 1.0)]
    assert Judgment.objects.count() == 2


def test_a_withdrawn_judgment_leaves_the_worker_at_the_prior(review: NewJudgment) -> None:
    record_judgment(judgment=review, now=NOW)

    supersede_judgment(source_key="review:1:style", new_source_key="void:1", value=None, actor_id=None, now=NOW)

    estimate = get_estimate(worker_id=review.worker_id, domain="law/tax", locale="es-BO", task_kind="rubric")
    assert (estimate.mean, estimate.n_eff, estimate.why) == (0.5, 0, ())


def test_replacing_what_was_never_recorded_is_refused(db: None) -> None:
    with pytest.raises(JudgmentNotFound):
        supersede_judgment(source_key="review:9", new_source_key="x", value=1, actor_id=None, now=NOW)


def test_gold_is_open_until_it_retires(db: None) -> None:
    plant_gold(item=NewGold(item_key="task:1", kind=GoldKind.GOLD, answer={"label": "B"}, planted_at=NOW))

    assert has_open_gold("task:1")
    assert not has_open_gold("task:2")

    retire_gold(gold_key="task:1", reason=RetirementReason.LEAKED, now=NOW)
    assert not has_open_gold("task:1")


def test_planting_the_same_item_with_another_answer_is_refused(db: None) -> None:
    item = NewGold(item_key="task:1", kind=GoldKind.GOLD, answer={"label": "B"}, planted_at=NOW)
    plant_gold(item=item)

    with pytest.raises(EvidenceAlreadyRecorded):
        plant_gold(item=replace(item, answer={"label": "C"}))

    assert GoldItem.objects.get().answer == {"label": "B"}


def test_a_result_for_an_unknown_plant_is_refused(person: MakeWorker) -> None:
    result = NewGoldResult(
        gold_key="task:9", worker_id=person("Ada").id, scope=LAW, found=True, source_key="answer:1", at=NOW
    )

    with pytest.raises(GoldNotFound):
        record_gold_result(result=result, now=NOW)

    assert GoldExposure.objects.count() == Judgment.objects.count() == 0


def test_a_wrong_key_takes_its_results_back_and_repairs_the_scores(person: MakeWorker) -> None:
    ada = person("Ada").id
    give_gold(ada, found=6, missed=0, tag="right")
    fair = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    give_gold(ada, found=0, missed=1, tag="wrong")
    wrong = GoldItem.objects.get(source_key__contains=":wrong:")

    touched = retire_gold(gold_key=wrong.source_key, reason=RetirementReason.WRONG_KEY, now=NOW)
    again = retire_gold(gold_key=wrong.source_key, reason=RetirementReason.WRONG_KEY, now=NOW)

    repaired = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    assert (touched, again) == ({ada}, set())
    assert repaired.mean == fair.mean
    assert Judgment.objects.count() == 8


def test_a_result_after_the_key_was_withdrawn_says_nothing_of_the_worker(person: MakeWorker) -> None:
    ada = person("Ada").id
    plant_gold(item=NewGold(item_key="task:1", kind=GoldKind.GOLD, planted_at=NOW))
    retire_gold(gold_key="task:1", reason=RetirementReason.WRONG_KEY, now=NOW)

    record_gold_result(
        result=NewGoldResult(gold_key="task:1", worker_id=ada, scope=LAW, found=False, source_key="a:1", at=NOW),
        now=NOW,
    )

    assert GoldExposure.objects.get().judgment is None
    assert Judgment.objects.count() == QualityEstimate.objects.count() == 0


def test_a_plant_does_not_retire_for_a_second_reason(db: None) -> None:
    plant_gold(item=NewGold(item_key="task:1", kind=GoldKind.GOLD, planted_at=NOW))
    retire_gold(gold_key="task:1", reason=RetirementReason.LEAKED, now=NOW)

    with pytest.raises(GoldAlreadyRetired):
        retire_gold(gold_key="task:1", reason=RetirementReason.WRONG_KEY, now=NOW)

    assert GoldItem.objects.get().retired_reason == "LEAKED"


def test_a_rating_is_a_finite_number(person: MakeWorker) -> None:
    rating = NewRating(
        worker_id=person("Ada").id, item_key="seg:1", scope=LAW, value=float("inf"), source_key="r:1", at=NOW
    )

    with pytest.raises(InvalidInput, match="finite"):
        record_rating(rating=rating)

    assert Rating.objects.count() == 0
