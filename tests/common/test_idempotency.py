"""How long a request with a key of its own is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common import clock
from common.idempotency import KEY_LIFE, purge_keys
from common.models import IdempotencyKey
from config.celery import app, beat_schedule

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


def remember(key: str, at: datetime) -> None:
    IdempotencyKey.objects.create(principal="user:ada", key=key, request_sha256="0" * 64, created_at=at)


@pytest.mark.django_db
def test_a_key_is_kept_for_its_life_and_forgotten_after_it() -> None:
    remember("old", NOW - KEY_LIFE - timedelta(seconds=1))
    remember("young", NOW - KEY_LIFE)

    forgotten = [purge_keys(now=NOW) for _ in range(2)]

    assert forgotten == [1, 0]
    assert IdempotencyKey.objects.get().key == "young"


@pytest.mark.django_db
def test_a_round_forgets_the_oldest_first_and_no_more_than_it_may() -> None:
    for days in (9, 11, 10):
        remember(f"{days} days", NOW - timedelta(days=days))

    assert purge_keys(now=NOW, limit=2) == 2
    assert IdempotencyKey.objects.get().key == "9 days"


@pytest.mark.django_db
def test_the_beat_forgets_by_itself() -> None:
    remember("old", NOW - KEY_LIFE - timedelta(seconds=1))

    with clock.at(NOW):
        forgotten = app.tasks[beat_schedule()["common.purge_keys"]["task"]]()

    assert forgotten == 1
