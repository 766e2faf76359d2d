"""Two recorders at once: nobody's evidence is lost from the estimate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection

from marketplace.models import User
from quality.facade import JudgmentKind, NewJudgment, get_estimate, record_judgment
from quality.models import Judgment, QualityEstimate
from tests.factories.quality import LAW, NOW


def record(worker_id: UUID, place: int) -> None:
    try:
        record_judgment(
            judgment=NewJudgment(
                worker_id=worker_id,
                scope=LAW,
                kind=JudgmentKind.GOLD,
                value=place % 2,
                source_key=f"answer:{place}",
                at=NOW,
            ),
            now=NOW,
        )
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_judgments_recorded_at_once_are_all_in_the_estimate() -> None:
    ada = User.objects.create(email="ada@example.org").id

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, [ada] * 16, range(16)))

    estimate = get_estimate(worker_id=ada, domain="law/tax", locale="es-BO", task_kind="rubric")
    assert Judgment.objects.count() == 16
    assert estimate.n_eff == pytest.approx(16)
    assert QualityEstimate.objects.filter(is_current=True).count() == 4
