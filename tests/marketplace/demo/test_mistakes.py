"""The demo's two mistakes: what is planted is found, and nothing else; scores are repaired and people are told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from statistics import fmean
from typing import Any

import pytest
from django.db import transaction

from common import clock
from common.events import deliver_due
from common.text import clean_text
from marketplace.demo.cast import Cast, gather_cast
from marketplace.demo.garden_notes import GardenNotes, load_garden_notes
from marketplace.demo.mistakes import play_mistakes
from marketplace.demo.report import report_mistakes, tell_of_mistakes
from marketplace.identity.models import User
from marketplace.notifications.models import Notice
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work.models import Submission
from marketplace.work.rules import find_content_problems
from payouts.earnings.models import Earning
from quality import facade as quality
from quality.estimates.commands import update_estimates_online
from quality.evidence.queries import list_judged_pairs
from quality.models import GoldItem, QualityEstimate, Withdrawal, WithdrawalEffect
from tests.marketplace.demo.stage import AS_OF, REAL_NOW, count_rows

pytestmark = pytest.mark.django_db


BEGUN = AS_OF - timedelta(days=4)


@pytest.fixture
def cast() -> Cast:
    sync_catalogue()
    return gather_cast(now=AS_OF - timedelta(days=30))


def play_and_tell(cast: Cast) -> dict[str, Any]:
    with clock.at(REAL_NOW):
        play_mistakes(cast, now=BEGUN)
        while deliver_due(now=REAL_NOW):
            pass
    return report_mistakes(cast)


def test_planted_mistakes_are_found_and_taken_back_once_scores_repaired_and_people_told(cast: Cast) -> None:
    told = play_and_tell(cast)

    of_reviewer, of_key = Withdrawal.objects.order_by("at")
    assert of_reviewer.reviewer == User.objects.get(email="hartmut@client.example.org")
    assert of_key.gold == GoldItem.objects.get(answer__category="Terminology")
    assert {row.by for row in (of_reviewer, of_key)} == {cast.manager}
    assert told["reviewer"]["name"] == "Hartmut Scholz"
    assert (told["reviewer"]["reviews"], told["reviewer"]["people"]) == (12, 6)
    assert told["reviewer"]["low90"] < 0.4 < told["reviewer"]["high90"]
    assert told["reviewer"]["high90"] - told["reviewer"]["low90"] < 0.05
    assert (told["key"]["item"], told["key"]["met"], told["key"]["found"]) == ("packet-02", 6, 1)
    assert told["key"]["expected"] > 5
    assert told["key"]["chance_wrong"] > 0.9
    # The twelfth is Toni's, whom the wrong key had flattered.
    assert (told["scores_moved"], told["scores_nearer"], told["people_told"]) == (12, 11, 6)
    assert told["distance_after"] < 0.75 * told["distance_before"]
    assert Notice.objects.filter(kind="quality.corrected").count() == 12
    assert "12 scores moved, 11 of them nearer" in tell_of_mistakes(told)

    assert [row.words for row in quality.list_reviewer_findings(cast.manager) if row.words] == []
    findings = quality.list_key_findings(quality.list_gold(cast.manager))
    assert len(findings) == 12
    assert [row.words for row in findings.values() if row.words] == []
    assert Submission.objects.filter(state="ACCEPTED").count() == 54
    assert not Earning.objects.exists()

    rows = count_rows()
    assert (play_and_tell(cast), count_rows()) == (told, rows)


def test_repaired_scores_are_nearer_to_those_of_the_same_work_without_the_mistakes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = load_garden_notes()
    people = tuple(row for row in story.people if not row.marks_too_much)[:4]
    story = replace(story, people=people, notes=story.notes[:3])
    fair = replace(
        story,
        reviewers=tuple(replace(row, takes_away=0.0) for row in story.reviewers),
        packets=tuple(replace(row, wrong_key="") for row in story.packets),
    )
    without = _play_apart(fair, cast, monkeypatch)

    with monkeypatch.context() as other, clock.at(REAL_NOW):
        other.setattr("marketplace.demo.mistakes.load_garden_notes", lambda: story)
        play_mistakes(cast, now=BEGUN)

    before, after = [], []
    for effect in WithdrawalEffect.objects.filter(judgments__gt=0).select_related("worker", "scope"):
        truth = without[effect.worker.email, effect.scope.task_kind]
        before.append(abs(effect.mean_before - truth))
        after.append(abs(effect.mean_after - truth))
    assert len(before) == 8
    assert all(late < early for early, late in zip(before, after, strict=True))
    assert fmean(after) < 0.4 * fmean(before)


def _play_apart(story: GardenNotes, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], float]:
    """Play ``story``, return everybody's scores by e-mail and kind of task, and leave nothing of it."""
    with monkeypatch.context() as other, clock.at(REAL_NOW):
        other.setattr("marketplace.demo.mistakes.load_garden_notes", lambda: story)
        kept = transaction.savepoint_create()
        play_mistakes(cast, now=BEGUN)
        assert not Withdrawal.objects.exists()
        # What somebody did later counts for their related work too, as it does when something is taken back.
        update_estimates_online(pairs=list_judged_pairs(), now=REAL_NOW)
        rows = QualityEstimate.objects.filter(is_current=True, scope__locale="de-AT")
        scores = {
            (email, kind): mean for email, kind, mean in rows.values_list("worker__email", "scope__task_kind", "mean")
        }
        transaction.savepoint_rollback(kept)
    return scores


def test_what_is_written_for_it_is_clean_and_can_be_handed_in() -> None:
    story = load_garden_notes()
    texts = [note.source for note in story.notes] + [target for note in story.notes for target in note.targets]
    texts += [text for packet in story.packets for text in (packet.source, packet.target)]

    assert [text for text in texts if clean_text(text) != text] == []
    assert Counter(reviewer.is_harsh for reviewer in story.reviewers) == {True: 1, False: 2}
    assert [packet.external_id for packet in story.packets if packet.wrong_key] == ["packet-02"]
    keys = {key for packet in story.packets for key in packet.keys}
    assert keys <= set(story.guidelines.error_categories)
    for gardener in story.people:
        for packet in story.packets:
            marks = [{"category": each, "severity": "MINOR"} for each in story.marks_of(gardener, packet)]
            assert find_content_problems({"errors": marks}, "rubric") == []
