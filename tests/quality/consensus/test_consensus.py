"""What many people's labels of the same items say together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from common.errors import InvalidInput
from quality.consensus import commands as consensus
from quality.consensus.commands import fit_new_words, refit_project
from quality.consensus.fitting import fit_project
from quality.consensus.tasks import BEAT_SCHEDULE, fit_projects_with_new_words
from quality.consensus.watermarks import digest_all_words
from quality.errors import EvidenceAlreadyRecorded
from quality.estimates.rules import MOST_ANSWERS
from quality.evidence.queries import count_words
from quality.evidence.values import Project
from quality.facade import (
    GoldKind,
    JudgmentKind,
    NewComparison,
    NewGold,
    NewJudgment,
    NewLabel,
    ScopeCodes,
    Winner,
    consensus_of,
    get_estimate,
    plant_gold_items,
    ranking_of,
    record_comparisons,
    record_judgments,
    record_labels,
    refit,
)
from quality.models import Comparison, FitRun, ItemConsensus, Label, ProjectFit, WorkerConsensus
from tests.factories.quality import NOW, MakeWorker, give_gold

ANIMALS = ScopeCodes("biology", "en", "categorical")
CHAT = ScopeCodes("chat", "en", "pairwise")
CLASSES = ("cat", "dog", "fox")
NAMES = ("Ada", "Bola", "Chen", "Dara", "Eli")
ITEMS = 120


def give_labels(
    said: Sequence[tuple[UUID, str, str]], *, project: str = "animals", scope: ScopeCodes = ANIMALS, tag: str = ""
) -> None:
    """Let workers label items: (worker, item, class)."""
    record_labels(
        labels=[
            NewLabel(
                worker_id=worker,
                item_key=item,
                scope=scope,
                label=label,
                source_key=f"label:{project}:{worker}:{item}:{tag}",
                at=NOW,
                tenant="acme",
                project=project,
            )
            for worker, item, label in said
        ]
    )


def play_crowd(person: MakeWorker, shares: Sequence[float]) -> dict[str, str]:
    """Let people label all items, each right in about their share of them; return the true classes."""
    drawn = np.random.default_rng(7)
    truth = {f"item:{place}": CLASSES[place % 3] for place in range(ITEMS)}
    said = []
    for name, share in zip(NAMES, shares, strict=True):
        worker = person(name).id
        for item, right in truth.items():
            others = [each for each in CLASSES if each != right]
            said.append((worker, item, right if drawn.random() < share else others[int(drawn.integers(2))]))
    give_labels(said)
    return truth


def test_the_likeliest_answers_are_right_more_often_than_any_one_person(person: MakeWorker) -> None:
    truth = play_crowd(person, (0.85, 0.8, 0.75, 0.7, 0.35))

    refit(now=NOW)

    answers = consensus_of(item_keys=truth)
    right = sum(answers[item].answer == true for item, true in truth.items()) / ITEMS
    assert right > 0.9
    assert all(sum(answer.shares.values()) == pytest.approx(1) for answer in answers.values())
    assert {answer.labels for answer in answers.values()} == {5}


def test_labels_become_scores_that_explain_themselves(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))

    refit(now=NOW)

    best, worst = (get_estimate(worker_id=person(name).id, **_codes(ANIMALS)) for name in ("Ada", "Eli"))
    assert best.mean > worst.mean + 0.15
    assert worst.high90 < best.mean
    told = worst.why[0]
    assert told.evidence_kind == JudgmentKind.AGREEMENT
    assert told.words.startswith("Of 120 labels in this work about")
    assert worst.prior + sum(reason.delta for reason in worst.why) == pytest.approx(worst.mean, abs=1e-6)


def test_a_planted_answer_teaches_who_errs_and_is_not_told(person: MakeWorker) -> None:
    people = [person(name).id for name in NAMES]
    give_labels([(who, f"item:{place}", "cat" if who == people[0] else "dog") for who in people for place in range(40)])
    keys = [
        NewGold(item_key=f"item:{place}", kind=GoldKind.GOLD, planted_at=NOW, answer={"category": "cat"})
        for place in range(20)
    ]
    refit(now=NOW)
    misled = consensus_of(item_keys=["item:39"])["item:39"]

    plant_gold_items(items=keys)
    refit(now=NOW)

    answers = consensus_of(item_keys=["item:1", "item:39"])
    assert misled.answer == "dog"
    assert answers["item:39"].answer == "cat"
    assert (answers["item:1"].answer, answers["item:1"].share < 0.99) == ("dog", True)


def test_planted_items_count_beside_agreement_and_only_once(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.9, 0.9, 0.9, 0.4))
    keys = [
        NewGold(item_key=f"item:{place}", kind=GoldKind.GOLD, planted_at=NOW, answer={"category": CLASSES[place % 3]})
        for place in range(40)
    ]
    plant_gold_items(items=keys)
    refit(now=NOW)
    before = get_estimate(worker_id=person("Eli").id, **_codes(ANIMALS))

    give_gold(person("Eli").id, found=0, missed=20, scope=ANIMALS)
    refit(now=NOW)

    after = get_estimate(worker_id=person("Eli").id, **_codes(ANIMALS))
    assert before.n_eff <= MOST_ANSWERS[JudgmentKind.AGREEMENT]
    assert after.mean < before.mean - 0.1
    assert {reason.evidence_kind for reason in after.why} == {JudgmentKind.GOLD, JudgmentKind.AGREEMENT}


def test_each_project_has_classes_of_its_own(person: MakeWorker) -> None:
    people = [person(name).id for name in NAMES[:3]]
    give_labels([(who, f"zoo:{place}", "cat") for who in people for place in range(5)], project="zoo")
    give_labels([(who, f"farm:{place}", "cow") for who in people for place in range(5)], project="farm")

    refit(now=NOW)

    assert set(consensus_of(item_keys=["zoo:1"])["zoo:1"].shares) == {"cat"}
    assert set(consensus_of(item_keys=["farm:1"])["farm:1"].shares) == {"cow"}


def test_items_that_one_person_labeled_alone_say_nothing(person: MakeWorker) -> None:
    give_labels([(person("Ada").id, f"item:{place}", "cat") for place in range(40)])

    refit(now=NOW)

    assert not ItemConsensus.objects.exists()
    assert get_estimate(worker_id=person("Ada").id, **_codes(ANIMALS)).n_eff == 0


def test_labels_again_write_nothing_and_new_ones_make_a_new_fit(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.8, 0.8, 0.7, 0.6))
    first = refit(now=NOW)
    play_crowd(person, (0.9, 0.8, 0.8, 0.7, 0.6))

    again = refit(now=NOW + timedelta(days=1))
    give_labels([(person("Ada").id, "item:0", "fox")], tag="second look")
    other = refit(now=NOW + timedelta(days=2))

    assert again.fit_run_id == first.fit_run_id
    assert other.watermark != first.watermark
    assert (FitRun.objects.count(), ItemConsensus.objects.count()) == (2, ITEMS)
    assert set(WorkerConsensus.objects.values_list("fit_run_id", flat=True)) == {first.fit_run_id, other.fit_run_id}


def test_answers_to_new_labels_are_there_before_the_night_and_as_the_night_would_find_them(person: MakeWorker) -> None:
    truth = play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))

    assert fit_new_words(now=NOW) == 1

    soon = consensus_of(item_keys=truth)
    refit(now=NOW + timedelta(hours=9))
    assert soon == consensus_of(item_keys=truth)
    assert len(soon) == ITEMS


def test_only_projects_with_new_words_are_fitted_again(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    compare(person, careless="Chen")
    refit(now=NOW)
    soon = NOW + timedelta(minutes=5)

    at_rest = fit_new_words(now=soon)
    give_labels([(person("Ada").id, "item:0", "fox")], tag="second look")

    assert (at_rest, fit_new_words(now=soon), fit_new_words(now=soon + timedelta(hours=1))) == (0, 1, 0)
    times = dict(ProjectFit.objects.values_list("project", "as_of"))
    assert times == {"animals": soon, "chat": NOW}


def test_a_project_whose_fit_takes_long_rests_longer(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    fit_new_words(now=NOW)
    ProjectFit.objects.update(seconds=60)
    give_labels([(person("Ada").id, "item:0", "fox")], tag="second look")

    assert fit_new_words(now=NOW + timedelta(minutes=19)) == 0
    assert fit_new_words(now=NOW + timedelta(minutes=20)) == 1


def test_the_digest_of_all_words_is_that_of_each_projects(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    compare(person, careless="Chen")
    give_labels([(person(name).id, "item:é", "fox") for name in NAMES[:2]], project="chat", scope=CHAT, tag="both")
    known = {"item:0": "cat"}

    every = digest_all_words(known)

    assert set(every) == set(count_words())
    assert every == {project: refit_project(project=project, known=known, now=NOW).digest for project in every}
    assert every != digest_all_words({"item:0": "dog"})


def test_a_night_that_reaches_a_project_late_does_not_set_its_time_back(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    later = NOW + timedelta(minutes=10)
    fit_new_words(now=later)

    refit(now=NOW)

    assert ProjectFit.objects.get().as_of == later


def test_a_project_that_cannot_be_fitted_does_not_keep_the_others_waiting(
    person: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    compare(person, careless="Chen")
    monkeypatch.setattr(consensus, "fit_project", _failing("animals"))

    with pytest.raises(ExceptionGroup) as told:
        fit_new_words(now=NOW)

    assert "animals" in told.value.exceptions[0].__notes__[0]
    assert ProjectFit.objects.get().project == "chat"


def _failing(code: str) -> Any:
    def fit(project: Project, *rest: Any) -> Any:
        if project.code == code:
            raise ZeroDivisionError
        return fit_project(project, *rest)

    return fit


@pytest.mark.django_db(transaction=True)
def test_two_at_once_fit_each_project_once_and_nobody_waits(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    fit_new_words(now=NOW)
    give_labels([(person("Ada").id, "item:0", "fox")], tag="second look")
    soon = NOW + timedelta(minutes=5)

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        ProjectFit.objects.select_for_update().get()
        meanwhile = pool.submit(_fit_elsewhere, soon).result(timeout=30)

    assert (meanwhile, fit_new_words(now=soon)) == (0, 1)


def _fit_elsewhere(now: datetime) -> int:
    try:
        return fit_new_words(now=now)
    finally:
        connection.close()


def test_the_beat_puts_new_words_together(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))

    assert fit_projects_with_new_words() == 1

    assert BEAT_SCHEDULE["quality.fit_new_words"]["task"] == fit_projects_with_new_words.name
    assert ItemConsensus.objects.count() == ITEMS


def test_a_judgment_between_two_fits_keeps_what_labels_said(person: MakeWorker) -> None:
    play_crowd(person, (0.9, 0.85, 0.8, 0.8, 0.4))
    refit(now=NOW)
    ada = person("Ada").id
    before = get_estimate(worker_id=ada, **_codes(ANIMALS))

    give_gold(ada, found=1, missed=0, scope=ScopeCodes("biology", "en", "rubric"))

    after = get_estimate(worker_id=ada, **_codes(ANIMALS))
    assert after.why[0].words == before.why[0].words
    assert after.n_eff == pytest.approx(before.n_eff, rel=0.2)


@pytest.mark.parametrize("label", ["", "x" * 201])
def test_a_label_without_a_class_is_refused(person: MakeWorker, label: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        give_labels([(person("Ada").id, "item:1", label)])

    assert not Label.objects.exists()


def test_a_label_is_written_once(person: MakeWorker) -> None:
    ada = person("Ada").id
    give_labels([(ada, "item:1", "cat")])

    with pytest.raises(EvidenceAlreadyRecorded):
        give_labels([(ada, "item:1", "dog")])
    with pytest.raises(DatabaseError), transaction.atomic():
        Label.objects.update(label="dog")


def test_agreement_is_worked_out_and_never_recorded(person: MakeWorker) -> None:
    judgment = NewJudgment(
        worker_id=person("Ada").id, scope=ANIMALS, kind=JudgmentKind.AGREEMENT, value=1.0, source_key="a", at=NOW
    )
    with pytest.raises(InvalidInput, match="worked out from labels"):
        record_judgments(judgments=[judgment], now=NOW)


def compare(person: MakeWorker, careless: str, *, rounds: int = 12) -> None:
    """Let three people compare four systems of which each is better than the next; one of them answers without looking."""
    drawn = np.random.default_rng(3)
    record_comparisons(
        comparisons=[
            NewComparison(
                worker_id=person(name).id,
                first=f"system {first}",
                second=f"system {second}",
                winner=Winner.FIRST if name != careless or drawn.random() < 0.5 else Winner.SECOND,
                scope=CHAT,
                source_key=f"{name}:{number}:{first}:{second}",
                at=NOW,
                tenant="acme",
                project="chat",
            )
            for name in NAMES[:3]
            for number in range(rounds)
            for first in range(4)
            for second in range(first + 1, 4)
        ]
    )


def test_compared_items_are_ranked_with_their_errors(person: MakeWorker) -> None:
    compare(person, careless="Chen")

    refit(now=NOW)

    ranked = ranking_of(tenant="acme", project="chat", scope=CHAT)
    assert [row.item for row in ranked] == [f"system {number}" for number in range(4)]
    assert ranked[0].interval90[0] > ranked[-1].interval90[1]
    assert {row.comparisons for row in ranked} == {3 * 3 * 12}
    assert ranking_of(tenant="other", project="chat", scope=CHAT) == []


def test_whoever_compares_without_looking_scores_lower(person: MakeWorker) -> None:
    compare(person, careless="Chen")

    refit(now=NOW)

    looking, guessing = (get_estimate(worker_id=person(name).id, **_codes(CHAT)) for name in ("Ada", "Chen"))
    assert looking.mean > guessing.mean + 0.1
    assert guessing.why[0].evidence_kind == JudgmentKind.AGREEMENT


def test_the_same_words_count_once_as_comparison_and_not_again_as_label(person: MakeWorker) -> None:
    compare(person, careless="Chen")
    refit(now=NOW)
    before = get_estimate(worker_id=person("Ada").id, **_codes(CHAT))

    give_labels(
        [(person(name).id, f"task:{place}", "a") for name in NAMES[:3] for place in range(72)],
        project="chat",
        scope=CHAT,
    )
    refit(now=NOW)

    after = get_estimate(worker_id=person("Ada").id, **_codes(CHAT))
    assert (after.mean, after.n_eff) == (before.mean, before.n_eff)
    assert consensus_of(item_keys=["task:1"])["task:1"].answer == "a"


def test_an_item_is_never_compared_with_itself(person: MakeWorker) -> None:
    new = NewComparison(
        worker_id=person("Ada").id, first="x", second="x", winner=Winner.TIE, scope=CHAT, source_key="a", at=NOW
    )
    with pytest.raises(InvalidInput, match="not compared with itself"):
        record_comparisons(comparisons=[new])

    assert not Comparison.objects.exists()


def _codes(scope: ScopeCodes) -> dict[str, str]:
    return {"domain": scope.domain, "locale": scope.locale, "task_kind": scope.task_kind}
