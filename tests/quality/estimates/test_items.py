"""What a fit keeps of rated items, and what one more judgment is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.errors import NotPermitted
from quality.facade import Direction, NewRating, list_uncertain_items, quality_of, record_ratings, refit, weigh_answers
from quality.models import ItemLevel
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold


def rate(person: MakeWorker, item: str, scores: dict[str, float], direction: Direction = Direction.PENALTY) -> None:
    record_ratings(
        ratings=[
            NewRating(
                worker_id=person(name).id,
                item_key=item,
                scope=LAW,
                value=score,
                direction=direction,
                source_key=f"rating:{item}:{name}",
                at=NOW,
                tenant="acme",
                project="mqm",
            )
            for name, score in scores.items()
        ]
    )


@pytest.fixture
def rated(person: MakeWorker) -> None:
    """Eight tasks of which the last was rated by Ada alone, the others by three people."""
    for place in range(7):
        rate(person, f"task:{place}", {"Ada": place, "Bola": place + 1, "Chen": place + 0.5})
    rate(person, "task:7", {"Ada": 12.0})
    refit(now=NOW)


def test_the_item_with_fewest_ratings_gains_most_and_levels_stand_in_the_rubrics_points(rated: None) -> None:
    rows = list(ItemLevel.objects.order_by("-gain"))

    assert len(rows) == 8
    assert (rows[0].item_key, rows[0].ratings) == ("task:7", 1)
    assert {row.ratings for row in rows[1:]} == {3}
    assert {(row.tenant, row.project) for row in rows} == {("acme", "mqm")}
    assert all(0 <= row.low90 <= row.level <= row.high90 for row in rows)
    assert 0 < rows[1].gain < rows[0].gain < 1


def test_the_next_fit_puts_its_own_in_their_place(rated: None, person: MakeWorker) -> None:
    before = ItemLevel.objects.get(item_key="task:7")
    rate(person, "task:7", {"Bola": 12.0, "Chen": 12.5})

    refit(now=NOW + timedelta(days=1))

    after = ItemLevel.objects.get(item_key="task:7")
    assert (before.ratings, after.ratings) == (1, 3)
    assert after.gain < before.gain
    assert after.high90 - after.low90 < before.high90 - before.low90


def test_the_database_refuses_an_interval_without_its_level(rated: None) -> None:
    with pytest.raises(IntegrityError, match="item_level_within_interval"), transaction.atomic():
        ItemLevel.objects.filter(item_key="task:7").update(low90=1e6)


def test_who_reads_no_quality_reads_no_items(rated: None, person: MakeWorker) -> None:
    with pytest.raises(NotPermitted):
        list_uncertain_items(person("Ada"), places=[("acme", "mqm")], limit=5)


def test_an_answer_of_whom_little_is_known_is_worth_more(person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=8, missed=2)
    give_gold(person("Bola").id, found=160, missed=40)
    give_gold(person("Chen").id, found=1, missed=60)
    refit(now=NOW)
    people = [person(name).id for name in ("Ada", "Bola", "Chen")]
    figures = list(quality_of(worker_ids=people, scope=LAW).values())

    little, much, surely_below = weigh_answers(figures, [0.8] * 3)

    assert little.value > much.value > surely_below.value >= 0
    assert surely_below.chance_below > 0.99
    assert weigh_answers([], []) == []
    assert weigh_answers([replace(figures[0], mean=1.0, low90=1.0, high90=1.0)], [0.8])[0].value == pytest.approx(0)
