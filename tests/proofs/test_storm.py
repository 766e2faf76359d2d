"""Pay cycles in a storm: a sample of what `make prove-once` and `make prove-defects` show at length."""

from __future__ import annotations

import pytest

from tests.proofs.defects import built_in
from tests.proofs.simulation import simulate


@pytest.mark.parametrize("seed", [1, 12])
def test_a_cycle_in_a_storm_loses_doubles_and_leaves_nothing(fresh_database: str, seed: int) -> None:
    report = simulate(seed)

    assert report.faults == []
    assert report.payouts > 0
    assert report.met


@pytest.mark.parametrize(
    ("defect", "seed"), [("no_key", 4), ("no_reconciliation", 1), ("returns_over_global_unseen", 5)]
)
def test_the_storm_finds_a_defect(fresh_database: str, defect: str, seed: int) -> None:
    with built_in(defect):
        report = simulate(seed, is_judged=False)

    assert report.faults
