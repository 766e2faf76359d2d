"""The exact refit: same input, same bytes; real translators; nothing lost while it runs."""

from __future__ import annotations

import csv
import importlib
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from common.identifiers import uuid7
from quality.errors import RefitRunning
from quality.estimates.assembly import Draft
from quality.estimates.queries import find_last_fit
from quality.estimates.tasks import BEAT_SCHEDULE, refit_all
from quality.facade import (
    Direction,
    NewRating,
    ScopeCodes,
    get_estimate,
    quality_of,
    record_ratings,
    refit,
)
from quality.models import FitRun, QualityEstimate
from quality.scopes.commands import ensure_scopes
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold

DATA = Path(__file__).parents[3] / "marketplace/demo/data/mqm_sxs_ende"
refit_module = importlib.import_module("quality.estimates.commands.refit")
write_module = importlib.import_module("quality.estimates.commands.write")
TRANSLATION = ScopeCodes("translation", "de-DE", "annotation")


def play(person: MakeWorker) -> None:
    for place, name in enumerate(("Ada", "Bola", "Chen", "Dara")):
        give_gold(person(name).id, found=10 + place, missed=6 - place)


def test_the_same_evidence_again_writes_nothing(person: MakeWorker) -> None:
    play(person)
    first = refit(now=NOW)
    rows = QualityEstimate.objects.count()

    second = refit(now=NOW + timedelta(days=1))

    assert second.fit_run_id == first.fit_run_id
    assert (FitRun.objects.count(), QualityEstimate.objects.count()) == (1, rows)


def test_the_same_evidence_computed_again_gives_the_same_bytes(person: MakeWorker) -> None:
    play(person)
    first = refit(now=NOW)
    QualityEstimate.objects.update(is_online=True)

    second = refit(now=NOW + timedelta(days=1))

    assert second.fit_run_id != first.fit_run_id
    assert (second.watermark, second.result_sha256) == (first.watermark, first.result_sha256)


def test_new_evidence_has_another_watermark(person: MakeWorker) -> None:
    play(person)
    first = refit(now=NOW)
    give_gold(person("Ada").id, found=1, missed=0, tag="new")

    second = refit(now=NOW + timedelta(days=1))

    assert second.watermark != first.watermark
    assert second.metrics["judgments"] == first.metrics["judgments"] + 1


def test_what_is_judged_while_it_computes_is_taken_in_at_the_end(
    person: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(person)
    ada = person("Ada").id
    compute = refit_module._compute

    def interrupted(*args: object) -> object:
        fit = compute(*args)
        give_gold(ada, found=5, missed=0, tag="meanwhile")
        return fit

    monkeypatch.setattr(refit_module, "_compute", interrupted)
    refit(now=NOW + timedelta(hours=1))

    estimate = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    assert estimate.n_eff == pytest.approx(21)


def test_a_refit_that_broke_off_is_done_anew(person: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    play(person)
    write, written = refit_module._write_part, []

    def breaks_off(*args: object) -> None:
        if len(written) == 2:
            raise ConnectionError
        written.append(write(*args))

    monkeypatch.setattr(refit_module, "_PART", 1)
    monkeypatch.setattr(refit_module, "_write_part", breaks_off)
    with pytest.raises(ConnectionError):
        refit(now=NOW)
    monkeypatch.setattr(refit_module, "_write_part", write)
    broken = FitRun.objects.get()
    left = QualityEstimate.objects.filter(is_current=True).exclude(fit_run=broken).values("worker").distinct().count()

    again = refit(now=NOW + timedelta(minutes=1))

    assert left == 2
    assert again.fit_run_id != broken.id
    assert again.result_sha256 == broken.result_sha256
    assert set(QualityEstimate.objects.filter(is_current=True).values_list("fit_run_id", "is_online")) == {
        (again.fit_run_id, False)
    }


def test_until_a_refit_is_written_to_its_end_the_one_before_counts(
    person: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(person)
    first = refit(now=NOW)
    ada = person("Ada").id
    yardstick = QualityEstimate.objects.filter(worker_id=ada, is_current=True).values_list("fit_run_id", "prior_mean")
    before = set(yardstick)
    give_gold(person("Bola").id, found=9, missed=0, tag="new")
    monkeypatch.setattr(refit_module, "_write_part", _break_off)

    with pytest.raises(ConnectionError):
        refit(now=NOW + timedelta(days=1))
    give_gold(ada, found=1, missed=0, tag="after it broke off")

    last = find_last_fit()
    assert last is not None
    assert last.id == first.fit_run_id
    assert set(yardstick.all()) == before
    assert {run for run, _ in before} == {first.fit_run_id}


def _break_off(*args: object) -> None:
    raise ConnectionError


def test_whoever_is_judged_for_the_first_time_meanwhile_has_the_new_yardstick(
    person: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(person)
    eve = person("Eve").id
    _meanwhile(monkeypatch, "_digest_numbers", lambda: give_gold(eve, found=1, missed=3))

    run = refit(now=NOW)

    rows = QualityEstimate.objects.filter(worker_id=eve, is_current=True)
    population = FitRun.objects.get().parameters["priors"]["strengths"]
    assert {(row.fit_run_id, row.is_online, tuple(row.prior_strengths)) for row in rows} == {
        (run.fit_run_id, True, tuple(population))
    }


def test_work_of_a_new_kind_may_be_judged_meanwhile(person: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    play(person)
    ada = person("Ada").id
    _meanwhile(monkeypatch, "fit_ratings", lambda: give_gold(ada, found=1, missed=0, scope=TRANSLATION))

    refit(now=NOW)

    assert get_estimate(worker_id=ada, domain="translation", locale="de-DE", task_kind="annotation").n_eff > 1


def _meanwhile(monkeypatch: pytest.MonkeyPatch, step: str, happens: Callable[[], object]) -> None:
    """Let something happen before a step of the next refit."""
    usual = getattr(refit_module, step)

    def first(*args: object) -> object:
        monkeypatch.setattr(refit_module, step, usual)
        happens()
        return usual(*args)

    monkeypatch.setattr(refit_module, step, first)


@pytest.mark.django_db(transaction=True)
def test_a_second_refit_leaves_it_to_the_first(person: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    play(person)
    reached, go_on = threading.Event(), threading.Event()
    _meanwhile(monkeypatch, "_digest_numbers", lambda: reached.set() or go_on.wait(60))
    with ThreadPoolExecutor(1) as pool:
        night = pool.submit(_refit_elsewhere)
        try:
            assert reached.wait(60)
            with pytest.raises(RefitRunning):
                refit(now=NOW)
            assert refit_all() == "another refit is running"
        finally:
            go_on.set()
        night.result(timeout=60)

    assert refit(now=NOW).fit_run_id == FitRun.objects.get().id


@pytest.mark.django_db(transaction=True)
def test_only_the_judgments_of_those_being_written_wait(person: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    # As many locks as there are people: two who share one wait for each other.
    monkeypatch.setattr(write_module, "_LOCK_BUCKETS", 2**31 - 1)
    play(person)
    monkeypatch.setattr(refit_module, "_PART", 1)
    write, order = refit_module.write_estimates, iter(("first", "second"))
    reached, go_on = threading.Event(), threading.Event()

    def wait_at_the_second(drafts: list[Draft], **rest: Any) -> None:
        if next(order, "") == "second":
            reached.drafts = drafts  # type: ignore[attr-defined]
            reached.set()
            assert go_on.wait(60)
        write(drafts, **rest)

    monkeypatch.setattr(refit_module, "write_estimates", wait_at_the_second)
    with ThreadPoolExecutor(1) as pool:
        night = pool.submit(_refit_elsewhere)
        try:
            assert reached.wait(60)
            held = reached.drafts[0].worker_id  # type: ignore[attr-defined]
            others = [person(name).id for name in ("Ada", "Bola", "Chen", "Dara") if person(name).id != held]
            for other in others:
                give_gold(other, found=1, missed=0, tag="meanwhile")
            connection.cursor().execute("SET lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                give_gold(held, found=1, missed=0, tag="meanwhile")
        finally:
            connection.cursor().execute("RESET lock_timeout")
            go_on.set()
        night.result(timeout=60)

    seen = {worker: quality_of(worker_ids=[worker], scope=LAW)[worker].n_eff for worker in (*others, held)}
    assert [round(n_eff) for n_eff in seen.values()] == [17, 17, 17, 16]


def _refit_elsewhere() -> None:
    try:
        refit(now=NOW)
    finally:
        connection.close()


def test_a_score_without_any_evidence_left_follows_those_of_wider_work(person: MakeWorker) -> None:
    play(person)
    refit(now=NOW)
    ada = person("Ada").id
    scope_id = ensure_scopes(scopes=[TRANSLATION])[TRANSLATION]
    left_over = QualityEstimate.objects.filter(worker_id=ada, is_current=True).order_by("-scope__task_kind")[0]
    left_over.id, left_over.scope_id, left_over.is_inherited = uuid7(), scope_id, False
    left_over.save(force_insert=True)

    again = refit(now=NOW + timedelta(days=1))

    row = QualityEstimate.objects.get(worker_id=ada, scope_id=scope_id, is_current=True)
    assert (row.fit_run_id, row.is_inherited) == (again.fit_run_id, True)


def test_without_any_evidence_it_fits_nothing_and_says_so(db: None) -> None:
    run = refit(now=NOW)

    assert (run.metrics["judgments"], run.metrics["estimates"]) == (0, 0)


def test_one_more_found_error_never_lowers_that_workers_score(person: MakeWorker) -> None:
    play(person)
    refit(now=NOW)
    names = ("Ada", "Bola", "Chen", "Dara")
    for name in names:
        worker = person(name).id
        before = get_estimate(worker_id=worker, domain="law/tax", locale="es-BO", task_kind="rubric")
        give_gold(worker, found=1, missed=0, tag="more")
        refit(now=NOW + timedelta(days=1))
        after = get_estimate(worker_id=worker, domain="law/tax", locale="es-BO", task_kind="rubric")
        assert after.mean > before.mean


def test_ten_real_translators_with_the_two_who_miss_most_at_the_end(person: MakeWorker) -> None:
    with (DATA / "errors.csv").open(newline="") as file:
        tests = Counter((row["worker"], row["category"]) for row in csv.DictReader(file))
    with (DATA / "segment_scores.csv").open(newline="") as file:
        scores = list(csv.DictReader(file))
    raters = sorted({rater for rater, _ in tests})
    for rater in raters:
        give_gold(person(rater).id, found=tests[rater, "Found"], missed=tests[rater, "Missed"], scope=TRANSLATION)
    record_ratings(
        ratings=[
            NewRating(
                worker_id=person(row["worker"]).id,
                item_key=f"{row['system']}|{row['doc']}|{row['seg']}",
                scope=TRANSLATION,
                value=float(row["mqm"]),
                direction=Direction.PENALTY,
                source_key=f"rating:{place}",
                at=NOW,
            )
            for place, row in enumerate(scores)
        ]
    )

    run = refit(now=NOW)

    estimates = {
        rater: get_estimate(worker_id=person(rater).id, domain="translation", locale="de-DE", task_kind="annotation")
        for rater in raters
    }
    assert (run.metrics["judgments"], run.metrics["ratings"]) == (245, 3_120)
    assert set(sorted(raters, key=lambda rater: estimates[rater].mean)[:2]) == {"rater4", "rater9"}
    assert estimates["rater4"].mean == pytest.approx(0.733, abs=0.002)
    assert estimates["rater9"].mean == pytest.approx(0.732, abs=0.002)
    assert estimates["rater2"].mean > 0.95
    assert estimates["rater3"].severity_words == "Stricter than others on the same work"
    assert estimates["rater5"].severity_words == "Milder than others on the same work"


def test_severity_does_not_move_the_mean(person: MakeWorker) -> None:
    play(person)
    refit(now=NOW)
    ada = person("Ada").id
    before = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    people = [person(name).id for name in ("Ada", "Bola", "Chen")]
    record_ratings(
        ratings=[
            NewRating(
                worker_id=worker,
                item_key=f"seg:{item}",
                scope=LAW,
                value=item % 5 - 2 * (worker == ada),
                source_key=f"rating:{worker}:{item}",
                at=NOW,
            )
            for worker in people
            for item in range(40)
        ]
    )

    refit(now=NOW + timedelta(days=1))

    after = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    assert after.mean == before.mean
    assert before.severity is None
    assert after.severity is not None
    assert after.severity == pytest.approx(4 / 3, abs=0.15)


def test_the_nightly_task_refits(person: MakeWorker) -> None:
    play(person)

    run_id = refit_all()

    assert str(FitRun.objects.get().id) == run_id
    assert BEAT_SCHEDULE["quality.refit"]["task"] == refit_all.name
