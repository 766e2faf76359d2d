"""How kinds of evidence are weighed against each other: planted items without end, what is weaker up to a bound."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality.estimates.assembly import Assembly, Draft
from quality.estimates.rules import MOST_ANSWERS, build_cells
from quality.evidence.values import EvidenceSum, JudgmentKind
from quality.scopes.queries import ScopeTree
from quality.scopes.rules import ScopeCodes

ROOT, LAW, TAX = UUID(int=100), UUID(int=101), UUID(int=102)
TREE = ScopeTree(
    codes=(ScopeCodes("law"), ScopeCodes("law/tax")),
    ids=(LAW, TAX),
    parents=np.array([-1, 0]),
    positions={ROOT: -1, LAW: 0, TAX: 1},
    root_id=ROOT,
)
ADA, BOLA, CHEN = (UUID(int=place) for place in (1, 2, 3))

type Row = tuple[UUID, UUID, JudgmentKind, int, int]

rows = st.tuples(
    st.sampled_from([ADA, BOLA, CHEN]),
    st.sampled_from([LAW, TAX]),
    st.sampled_from(list(JudgmentKind)),
    st.integers(0, 25),
    st.integers(0, 25),
).filter(lambda row: row[3] + row[4] > 0)


def summed(given_rows: list[Row]) -> list[EvidenceSum]:
    """Found and missed answers as the evidence that a fit reads."""
    return [
        EvidenceSum(worker, scope, kind, None, value, float(count), count)
        for worker, scope, kind, found, missed in given_rows
        for value, count in ((1.0, found), (0.0, missed))
        if count
    ]


def estimate(evidence: list[EvidenceSum], worker: UUID, scope: UUID) -> Draft:
    """One estimate, with priors fitted from all evidence."""
    assembly = Assembly(TREE, build_cells(evidence, {}))
    return assembly.draft(assembly.fit(), [(worker, scope)])[0]


REVIEWED = [(who, TAX, JudgmentKind.REVIEW, 25, 0) for who in (ADA, BOLA, CHEN)]
ONE_SHORT = [*REVIEWED, (ADA, TAX, JudgmentKind.GOLD, 9, 10)]


@given(st.lists(rows, min_size=1, max_size=12), st.sampled_from([LAW, TAX]), st.sampled_from([ROOT, LAW, TAX]))
@example(ONE_SHORT, TAX, TAX)
@settings(max_examples=150, deadline=None)
def test_one_more_found_planted_item_never_lowers_a_score_of_that_worker(
    given_rows: list[Row], where: UUID, asked: UUID
) -> None:
    evidence = summed(given_rows)
    more = EvidenceSum(ADA, where, JudgmentKind.GOLD, None, 1.0, 1.0, 1)

    before, after = estimate(evidence, ADA, asked), estimate([*evidence, more], ADA, asked)

    assert after.mean >= before.mean - 1e-9


def test_switching_to_planted_items_once_there_are_enough_would_lower_it() -> None:
    evidence = summed(ONE_SHORT)
    found = [*evidence, EvidenceSum(ADA, TAX, JudgmentKind.GOLD, None, 1.0, 1.0, 1)]

    def switched(rows: list[EvidenceSum], kind: str) -> float:
        return estimate([row for row in rows if row.kind == kind], ADA, TAX).mean

    assert switched(found, JudgmentKind.GOLD) < switched(evidence, JudgmentKind.REVIEW) - 0.05


@given(st.lists(rows, min_size=1, max_size=12), st.sampled_from([ADA, BOLA, CHEN]), st.sampled_from([ROOT, LAW, TAX]))
@settings(max_examples=100, deadline=None)
def test_the_reasons_of_mixed_evidence_add_up(given_rows: list[Row], worker: UUID, asked: UUID) -> None:
    draft = estimate(summed(given_rows), worker, asked)

    assert draft.prior_mean + sum(reason.delta for reason in draft.reasons) == pytest.approx(draft.mean, abs=1e-6)


def test_no_number_of_reviews_drowns_what_planted_items_show() -> None:
    def share(reviews: int) -> float:
        rows = [*ONE_SHORT[1:3], (ADA, TAX, JudgmentKind.REVIEW, reviews, 0), (ADA, TAX, JudgmentKind.GOLD, 100, 100)]
        return estimate(summed(rows), ADA, TAX).mean

    assert share(10) < share(10_000) < 0.7


@given(st.sampled_from(list(JudgmentKind)), st.integers(1, 10_000))
def test_a_kind_tells_no_more_than_its_bound_and_no_more_than_it_is(kind: JudgmentKind, answers: int) -> None:
    (cell,) = build_cells(summed([(ADA, TAX, kind, answers, 0)]), {})

    assert 0 < cell.total <= min(answers, MOST_ANSWERS[kind])
    assert cell.found == pytest.approx(cell.total)
    assert cell.count == answers
