"""Evidence is written once: PostgreSQL refuses the rest."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from quality.estimates.commands import retire_gold
from quality.facade import Direction, NewRating, RetirementReason, record_ratings
from quality.models import GoldItem, Judgment
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold

TABLES = ["quality_judgment", "quality_rating", "quality_goldexposure", "quality_fitrun"]


def run(sql: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def fill(person: MakeWorker) -> None:
    ada = person("Ada")
    give_gold(ada.id, found=1, missed=1)
    record_ratings(
        ratings=[
            NewRating(
                worker_id=ada.id,
                item_key="seg:1",
                scope=LAW,
                value=4,
                source_key="rating:1",
                at=NOW,
                direction=Direction.QUALITY,
            )
        ]
    )


@pytest.mark.parametrize("table", TABLES[:3])
@pytest.mark.parametrize("sql", ["UPDATE {} SET source_key = 'x'", "DELETE FROM {}"])
def test_evidence_is_neither_changed_nor_deleted_in_sql(table: str, sql: str, person: MakeWorker) -> None:
    fill(person)

    with pytest.raises(DatabaseError, match="append-only"):
        run(sql.format(table))

    assert run(f"SELECT 1 FROM {table} WHERE source_key <> 'x'") > 0


@pytest.mark.parametrize("table", TABLES)
def test_evidence_is_never_truncated(table: str, person: MakeWorker) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"TRUNCATE {table} CASCADE")


def test_a_planted_key_is_fixed_and_retires_once(person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=1, missed=0)
    item = GoldItem.objects.get()

    for sql in ("UPDATE quality_golditem SET answer = '{\"label\": 2}'", "DELETE FROM quality_golditem"):
        with pytest.raises(DatabaseError, match="Cannot"):
            run(sql)
    retire_gold(gold_key=item.source_key, reason=RetirementReason.LEAKED, now=NOW)
    with pytest.raises(DatabaseError, match="Cannot update"):
        run("UPDATE quality_golditem SET retired_at = NULL, retired_reason = ''")

    item.refresh_from_db()
    assert (item.answer, item.retired_reason) == ({}, "LEAKED")


def test_the_database_refuses_a_judgment_of_ones_own_work_and_values_outside_0_to_1(person: MakeWorker) -> None:
    fill(person)
    known = Judgment.objects.first()
    assert known is not None

    for change in ({"actor_id": known.worker_id}, {"value": 1.2}, {"value": None}, {"confidence": 0.0}):
        fields = {
            "worker_id": known.worker_id,
            "actor_kind": "WORKER",
            "scope_id": known.scope_id,
            "kind": "REVIEW",
            "value": 1.0,
            "confidence": 1.0,
            "source_key": "review:2",
            "at": NOW,
        }
        with pytest.raises(DatabaseError, match="judgment_"), transaction.atomic():
            Judgment.objects.create(**(fields | change))

    assert Judgment.objects.count() == 2
