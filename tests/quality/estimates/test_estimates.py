"""What an estimate says, and how evidence moves it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.identifiers import uuid7
from quality.facade import (
    JudgmentKind,
    NewJudgment,
    ScopeCodes,
    estimate_history,
    get_estimate,
    heat_map,
    list_estimates,
    list_reviewer_severities,
    quality_of,
    record_judgment,
    refit,
)
from quality.models import Contribution, QualityEstimate
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold, give_reviews

SCOPE = {"domain": "law/tax", "locale": "es-BO", "task_kind": "rubric"}


def staff(person: MakeWorker) -> None:
    """Six people who find most of what is planted, and Ada who misses a lot."""
    for name in ("Bola", "Chen", "Dara", "Emil", "Fay", "Goran"):
        give_gold(person(name).id, found=18, missed=2)
    give_gold(person("Ada").id, found=10, missed=10)


def test_a_result_moves_the_estimate_in_the_same_transaction(person: MakeWorker) -> None:
    ada = person("Ada").id
    before = get_estimate(worker_id=ada, **SCOPE)

    give_gold(ada, found=8, missed=0)

    after = get_estimate(worker_id=ada, **SCOPE)
    assert (before.mean, before.n_eff, before.is_inherited) == (0.5, 0, True)
    assert after.mean > 0.7
    assert after.n_eff == pytest.approx(8)
    assert after.high90 - after.low90 < before.high90 - before.low90


def test_a_failed_caller_leaves_neither_judgment_nor_estimate(person: MakeWorker) -> None:
    ada = person("Ada").id

    with transaction.atomic():
        give_gold(ada, found=3, missed=0)
        transaction.set_rollback(True)

    assert QualityEstimate.objects.count() == 0
    assert get_estimate(worker_id=ada, **SCOPE).n_eff == 0


def test_the_online_update_is_within_a_hundredth_of_the_exact_refit(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)
    give_gold(person("Ada").id, found=3, missed=3, at=NOW + timedelta(hours=1))
    online = get_estimate(worker_id=person("Ada").id, **SCOPE)

    refit(now=NOW + timedelta(hours=2))

    exact = get_estimate(worker_id=person("Ada").id, **SCOPE)
    assert online.mean == pytest.approx(exact.mean, abs=0.01)
    assert online.n_eff == pytest.approx(exact.n_eff, abs=0.5)


def test_the_reasons_add_up_from_the_prior_to_the_score(person: MakeWorker) -> None:
    staff(person)
    give_gold(person("Ada").id, found=5, missed=1, scope=ScopeCodes("law/tax", "es-PE", "rubric"))
    refit(now=NOW)

    estimate = get_estimate(worker_id=person("Ada").id, **SCOPE)

    assert estimate.prior + sum(reason.delta for reason in estimate.why) == pytest.approx(estimate.mean, abs=1e-9)
    assert [reason.words for reason in estimate.why[:2]] == [
        "Found 10 planted errors in this work",
        "Missed 10 planted errors in this work",
    ]
    assert estimate.why[0].delta > 0 > estimate.why[1].delta
    assert {reason.words for reason in estimate.why[2:]} == {
        "Found 5 planted errors in related work (law/tax · es-PE · rubric)",
        "Missed 1 planted error in related work (law/tax · es-PE · rubric)",
    }


def test_no_reason_names_a_planted_item_or_a_reviewer(person: MakeWorker) -> None:
    staff(person)
    give_reviews(person("Ada").id, person("Bola").id, [0.5] * 3, scope=ScopeCodes("coding", "", "review"))
    refit(now=NOW)

    words = " ".join(Contribution.objects.values_list("words", flat=True))

    assert words
    for secret in ("task:", "answer:", "Bola", "bola@", str(person("Bola").id)):
        assert secret not in words


def test_a_scope_without_own_work_inherits_with_a_wider_interval(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)
    ada = person("Ada").id
    wider = get_estimate(worker_id=ada, domain="law/tax", task_kind="rubric")

    other = get_estimate(worker_id=ada, domain="law/tax", locale="es-AR", task_kind="rubric")

    assert other.is_inherited
    assert other.inherited_from == ScopeCodes("law/tax", "", "rubric")
    assert other.mean == wider.mean
    assert other.low90 < wider.low90
    assert other.high90 > wider.high90
    assert 0 < other.n_eff < wider.n_eff < 20


def test_somebody_new_has_the_populations_share_and_no_reasons(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)

    estimate = get_estimate(worker_id=person("Zoe").id, **SCOPE)

    assert 0.75 < estimate.mean < 0.9
    assert (estimate.n_eff, estimate.why, estimate.percentile, estimate.inherited_from) == (0, (), None, None)
    assert estimate.high90 - estimate.low90 > 0.25


def test_planted_items_outweigh_any_number_of_reviews(person: MakeWorker) -> None:
    ada, lead = person("Ada").id, person("Lead").id
    give_reviews(ada, lead, [1.0] * 300)
    give_gold(ada, found=0, missed=5)
    refit(now=NOW)
    by_reviews = get_estimate(worker_id=ada, **SCOPE)
    give_gold(ada, found=0, missed=95, tag="more")
    refit(now=NOW)

    by_gold = get_estimate(worker_id=ada, **SCOPE)

    assert {reason.evidence_kind for reason in by_gold.why} == {"REVIEW", "GOLD"}
    assert by_reviews.mean > 0.7
    assert by_gold.mean < 0.3


def test_a_harsh_reviewers_scores_are_corrected_before_they_count(person: MakeWorker) -> None:
    harsh, fair, third = (person(name).id for name in ("Harsh", "Fair", "Third"))
    names = ("Ada", "Bola", "Chen", "Dara", "Emil", "Fay")
    for name in names:
        give_reviews(person(name).id, fair, [0.8] * 8)
        give_reviews(person(name).id, third, [0.8] * 8)
        give_reviews(person(name).id, harsh, [0.4] * 8)
    give_reviews(person("Goran").id, harsh, [0.4] * 24)
    give_reviews(person("Hana").id, fair, [0.8] * 24)
    uncorrected = get_estimate(worker_id=person("Goran").id, **SCOPE)

    refit(now=NOW)

    goran, hana = (get_estimate(worker_id=person(name).id, **SCOPE) for name in ("Goran", "Hana"))
    severities = list_reviewer_severities()
    assert severities[0].reviewer_id == harsh
    assert severities[0].severity - severities[-1].severity > 0.25
    assert goran.mean > uncorrected.mean + 0.1
    assert abs(goran.mean - hana.mean) < 0.15


def test_history_keeps_older_estimates_and_one_row_a_day_between_fits(person: MakeWorker) -> None:
    ada = person("Ada").id
    give_gold(ada, found=2, missed=2, at=NOW)
    give_gold(ada, found=2, missed=0, at=NOW + timedelta(hours=1))
    give_gold(ada, found=4, missed=0, at=NOW + timedelta(days=1))
    refit(now=NOW + timedelta(days=2))

    history = estimate_history(worker_id=ada, scope=LAW)

    assert [point.as_of for point in history] == [
        NOW + timedelta(hours=1),
        NOW + timedelta(days=1),
        NOW + timedelta(days=2),
    ]
    assert [round(point.n_eff) for point in history] == [6, 10, 10]
    assert QualityEstimate.objects.filter(worker_id=ada, is_current=True).count() == 4


def test_evidence_that_arrives_late_keeps_the_newest_moment(person: MakeWorker) -> None:
    ada = person("Ada").id
    give_gold(ada, found=2, missed=0, at=NOW)

    give_gold(ada, found=2, missed=0, at=NOW - timedelta(days=3))

    assert get_estimate(worker_id=ada, **SCOPE).as_of == NOW


def test_percentile_and_trend_compare_with_others_and_with_four_weeks_ago(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)
    give_gold(person("Ada").id, found=20, missed=0, at=NOW + timedelta(days=30))

    ada = get_estimate(worker_id=person("Ada").id, **SCOPE)
    bola = get_estimate(worker_id=person("Bola").id, **SCOPE)

    assert ada.percentile == 0
    assert ada.trend is not None
    assert ada.trend > 0.05
    assert bola.trend is None


def test_the_advice_says_what_one_more_answer_does(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)
    ada = person("Ada").id
    before = get_estimate(worker_id=ada, **SCOPE)

    give_gold(ada, found=1, missed=0, at=NOW + timedelta(hours=1))

    gain = 100 * (get_estimate(worker_id=ada, **SCOPE).mean - before.mean)
    assert before.to_improve[0].startswith(f"The next planted error found adds about {gain:.1f} points")


def test_figures_for_many_workers_take_the_same_number_of_queries(
    person: MakeWorker, django_assert_num_queries: object
) -> None:
    staff(person)
    refit(now=NOW)
    people = [person(name).id for name in ("Zoe", "Bola", "Ada", "Yves")]

    with django_assert_num_queries(3):  # type: ignore[operator]  # pytest-django's fixture
        figures = quality_of(worker_ids=people, scope=LAW)

    assert list(figures) == people
    assert figures[people[2]].mean < figures[people[1]].mean
    assert figures[people[0]].mean == figures[people[3]].mean


def test_the_heat_map_has_a_figure_for_every_worker_and_scope(person: MakeWorker) -> None:
    staff(person)
    refit(now=NOW)
    people, scopes = [person("Ada").id, person("Zoe").id], [LAW, ScopeCodes("coding")]

    table = heat_map(worker_ids=people, scopes=scopes)

    assert {worker: list(row) for worker, row in table.items()} == dict.fromkeys(people, scopes)
    assert [table[people[0]][scope].is_inherited for scope in scopes] == [False, True]
    assert len(list_estimates(worker_ids=people)) == 4


def test_one_current_estimate_a_worker_and_scope_is_held_by_the_database(person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=1, missed=0)
    row = QualityEstimate.objects.first()
    assert row is not None

    row.pk = uuid7()
    with pytest.raises(IntegrityError, match="estimate_one_current"), transaction.atomic():
        row.save(force_insert=True)

    assert QualityEstimate.objects.count() == 4


def test_a_judgment_with_half_confidence_weighs_half_an_answer(person: MakeWorker) -> None:
    ada = person("Ada").id
    record_judgment(
        judgment=NewJudgment(
            worker_id=ada,
            actor_id=person("Bola").id,
            scope=LAW,
            kind=JudgmentKind.REVIEW,
            value=1,
            confidence=0.5,
            source_key="review:1",
            at=NOW,
        ),
        now=NOW,
    )

    assert get_estimate(worker_id=ada, **SCOPE).n_eff == pytest.approx(0.5, rel=0.02)


def test_a_review_weighs_less_the_more_there_are_and_a_planted_item_does_not(person: MakeWorker) -> None:
    ada, lead = person("Ada").id, person("Lead").id
    steps = []
    for place, count in enumerate((1, 40, 1)):
        before = get_estimate(worker_id=ada, **SCOPE).n_eff
        give_reviews(ada, lead, [1.0] * count, at=NOW + timedelta(hours=place))
        steps.append(get_estimate(worker_id=ada, **SCOPE).n_eff - before)
    before = get_estimate(worker_id=ada, **SCOPE).n_eff

    give_gold(ada, found=1, missed=0)

    assert steps[2] < 0.25 < 0.9 < steps[0]
    assert get_estimate(worker_id=ada, **SCOPE).n_eff - before == pytest.approx(1)
