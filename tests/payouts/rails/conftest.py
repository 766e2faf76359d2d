"""A funded platform with its stand-in behind the rail, and Ada who can be paid."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.rails import registry
from tests.payouts.support.story import Story, euros


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def paid_ada(story: Story, ada: Any) -> Any:
    """Ada, onboarded, who has earned 100 EUR; the platform holds 1,000 EUR."""
    story.onboard(ada)
    story.fund(euros(1000))
    story.earn(ada, euros(100))
    return ada
