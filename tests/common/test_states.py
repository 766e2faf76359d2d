"""State machines: only what the table holds happens, and each change is an act."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import states
from common.models import AuditEvent
from common.states import IllegalTransition
from marketplace.experts.models import Credential, Expert
from marketplace.taxonomy.commands import sync_catalogue
from tests.marketplace.people import make_expert

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def bola(catalogue: Any) -> Expert:
    return make_expert("Bola Eze")


@pytest.fixture
def catalogue(db: None) -> None:
    sync_catalogue()


def test_a_change_is_saved_counted_and_recorded_with_its_reason(bola: Expert) -> None:
    states.move(
        bola,
        "PAUSED",
        by=bola.user_id,
        now=NOW,
        reason_code="rest",
        reason_text="A week off.",
        also={"headline": "Off"},
    )

    bola.refresh_from_db()
    act = AuditEvent.objects.get(action="expert.paused")
    assert (bola.state, bola.version, bola.headline) == ("PAUSED", 2, "Off")
    assert (act.actor_id, act.at, act.reason_code, act.reason_text) == (bola.user_id, NOW, "rest", "A week off.")
    assert act.detail == {"from": "ACTIVE", "to": "PAUSED"}
    assert (act.object_type, act.object_id) == ("marketplace.expert", str(bola.id))


@pytest.mark.parametrize("to", ["DRAFT", "ACTIVE", "NONSENSE", ""])
def test_what_the_table_does_not_hold_is_refused_and_writes_nothing(bola: Expert, to: str) -> None:
    acts = AuditEvent.objects.count()

    with pytest.raises(IllegalTransition, match="ACTIVE cannot become"):
        states.move(bola, to, by=None, now=NOW, also={"headline": "Off"})

    assert (bola.state, bola.headline) == ("ACTIVE", "Translator of contracts")
    bola.refresh_from_db()
    assert (bola.state, bola.version, AuditEvent.objects.count()) == ("ACTIVE", 1, acts)


@given(st.lists(st.sampled_from(["DRAFT", "ACTIVE", "PAUSED", "CLOSED"]), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_random_walk_never_leaves_the_table_and_never_leaves_an_end(bola: Expert, walk: list[str]) -> None:
    row = Expert(user=bola.user, state="DRAFT")
    path = [row.state]
    for to in walk:
        if states.can_move(row, to):
            row.state = to
            path.append(to)

    assert all(after in Expert.TRANSITIONS[before] for before, after in pairwise(path))
    assert "CLOSED" not in path[:-1]


@pytest.mark.parametrize("model", [Expert, Credential])
def test_every_state_that_is_named_is_a_state(model: Any) -> None:
    named = set(model.TRANSITIONS) | {to for targets in model.TRANSITIONS.values() for to in targets}

    assert named == set(model.State.values)
