"""The people of a pay cycle, and whom it can pay."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.cycles.commands import lines
from payouts.payees.queries import Payability
from tests.payouts.people import make_person


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares."""
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def chen(db: None) -> Any:
    """Chen works."""
    return make_person("Chen")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> dict[Any, tuple[str, str]]:
    """Everybody can be paid but those a test puts here, with the reason."""
    reasons: dict[Any, tuple[str, str]] = {}
    monkeypatch.setattr(
        lines,
        "payability",
        lambda worker_ids, currency, now: {
            worker_id: Payability(worker_id not in reasons, *reasons.get(worker_id, ("", "")))
            for worker_id in worker_ids
        },
    )
    return reasons
