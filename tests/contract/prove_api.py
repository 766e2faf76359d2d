"""Every operation of the committed document, called by every role: none answers 5xx. Run: `make prove-api`.

`EXAMPLES` is how many requests an operation gets from each role. `ROLE` and `OPERATION` (a part of method and path) narrow a run,
to see again what another one found: the same requests are made up, but for the ids of the world.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.contract.cases import Made
from tests.contract.conftest import Scene
from tests.contract.world import ROLES

EXAMPLES = int(os.environ.get("EXAMPLES") or 50)
CHOSEN = [role for role in ROLES if os.environ.get("ROLE", "") in role]


@pytest.fixture(scope="module")
def made_up(scene: Scene) -> dict[str, list[Made]]:
    return scene.make_up(examples=EXAMPLES, named=os.environ.get("OPERATION", ""))


@pytest.mark.parametrize("role", CHOSEN)
def test_nothing_answers_5xx(
    role: str, scene: Scene, made_up: dict[str, list[Made]], record_property: Callable[[str, object], None]
) -> None:
    tally = scene.caller(role).call(made_up)

    record_property("tally", str(tally))
    record_property("reached", sorted(tally.reached))
    record_property("operations", sorted(tally.cases))
    if tally.findings:
        pytest.fail("\n\n".join(tally.distinct_findings()), pytrace=False)
    assert dict(tally.strange) == {}
    assert min(tally.cases.values()) >= EXAMPLES
