"""From summed evidence to what the methods take, and from their numbers to plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from quality.evidence.values import EvidenceSum, JudgmentKind

# A new method or a new constant that changes numbers needs a new version.
METHOD_VERSION: Final = "shrunken-share-1+severity-2"
# A scope is judged by its strongest kind of evidence that has at least this many answers; with less everywhere, by
# the kind with most answers. So a first planted item doesn't throw away a thousand reviews, and later gold rules alone.
LEAST_ANSWERS: Final = 20
# 90 % of a normal distribution lies within this many standard errors.
SURE_ERRORS: Final = 1.645
# Answers from which a score is taken as settled (the gate for decisions in the design).
SURE_ANSWERS: Final = 30
# Reasons from other scopes that are told one by one.
MOST_RELATED: Final = 3
# Strongest first. A second opinion that agrees says less than a found error.
KIND_WEIGHTS: Final[Mapping[str, float]] = {
    JudgmentKind.GOLD: 1.0,
    JudgmentKind.REVIEW: 1.0,
    JudgmentKind.SELF_AGREEMENT: 0.5,
    JudgmentKind.OUTCOME: 0.5,
    JudgmentKind.AGREEMENT: 0.25,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A worker's evidence in one scope: ``found`` of ``total`` answers, from ``count`` judgments of one kind."""

    worker_id: UUID
    scope_id: UUID
    kind: str
    found: float
    total: float
    count: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of ``why``."""

    words: str
    evidence_kind: str
    delta: float


def choose_basis(evidence: Sequence[EvidenceSum]) -> dict[UUID, str]:
    """This will choose the one kind of evidence by which each scope is judged."""
    answers: dict[UUID, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in evidence:
        answers[row.scope_id][row.kind] += row.weight
    strength = {kind: place for place, kind in enumerate(KIND_WEIGHTS)}
    basis = {}
    for scope_id, kinds in answers.items():
        enough = [kind for kind, total in kinds.items() if total >= LEAST_ANSWERS]
        basis[scope_id] = (
            min(enough, key=strength.__getitem__)
            if enough
            else max(kinds, key=lambda kind: (kinds[kind], -strength[kind]))
        )
    return basis


def build_cells(
    evidence: Sequence[EvidenceSum],
    basis: Mapping[UUID, str],
    severities: Mapping[UUID, float],
) -> list[Cell]:
    """This will add up each worker's evidence per scope.

    A review's value is first raised by its reviewer's severity (in shares, positive = strict) and kept within 0..1.
    A scope that ``basis`` does not know is judged by the evidence at hand.
    """
    own = choose_basis([row for row in evidence if row.scope_id not in basis])
    sums: dict[tuple[UUID, UUID, str], list[float]] = {}
    for row in evidence:
        if row.kind != basis.get(row.scope_id, own.get(row.scope_id)):
            continue
        value = row.value
        if row.kind == JudgmentKind.REVIEW and row.actor_id is not None:
            value = min(max(value + severities.get(row.actor_id, 0.0), 0.0), 1.0)
        total = row.weight * KIND_WEIGHTS[row.kind]
        into = sums.setdefault((row.worker_id, row.scope_id, row.kind), [0.0, 0.0, 0])
        into[0] += value * total
        into[1] += total
        into[2] += row.count
    return [Cell(*key, min(found, total), total, int(count)) for key, (found, total, count) in sums.items()]


def reasons_of(cell: Cell, *, scope_words: str | None, weight: float, prior: float) -> list[Reason]:
    """This will say in words what a cell did to the score; the deltas add up to ``weight * (share - prior)``.

    ``scope_words`` names the scope where it isn't the score's own. Gold is told as what was found,
    ``weight * share * (1 - prior)``, and what was missed, ``-weight * (1 - share) * prior``.
    """
    where = f"in related work ({scope_words})" if scope_words else "in this work"
    share = cell.found / cell.total
    if cell.kind != JudgmentKind.GOLD:
        return [Reason(_words(cell, where), cell.kind, weight * (share - prior))]
    missed = round(cell.count * (1 - share))
    found = cell.count - missed
    reasons = []
    if found:
        gain = weight * share * (1 - prior)
        reasons.append(Reason(f"{_counted('Found', found)} {where}", cell.kind, gain))
    if missed:
        loss = -weight * (1 - share) * prior
        reasons.append(Reason(f"{_counted('Missed', missed)} {where}", cell.kind, loss))
    return reasons


def shorten(own: Sequence[Reason], related: Sequence[Reason]) -> list[Reason]:
    """This will keep the own reasons and the three weightiest related ones, the rest added up in one line."""
    ranked = sorted(related, key=lambda reason: (-abs(reason.delta), reason.words))
    kept, rest = ranked[:MOST_RELATED], ranked[MOST_RELATED:]
    if not rest:
        return [*own, *kept]
    delta = sum(reason.delta for reason in rest)
    return [*own, *kept, Reason("Other related work", "RELATED", delta)]


def describe_severity(severity: float | None, standard_error: float | None) -> str:
    """This will say whether somebody is strict or mild beyond chance (two-sided 10 %), in words."""
    if severity is None or standard_error is None:
        return ""
    if severity > SURE_ERRORS * standard_error:
        return "Stricter than others on the same work"
    if severity < -SURE_ERRORS * standard_error:
        return "Milder than others on the same work"
    return "About as strict as others on the same work"


def advise(*, mean: float, strength: float | None, n_eff: float, kind: str) -> tuple[str, ...]:
    """This will say what would raise the score, from the update that the next answer makes.

    The posterior weighs ``strength`` answers, so a next full answer moves the mean by
    ``(answer - mean) / (strength + 1)``.
    """
    if strength is None:
        return ("Work of this kind would give a score of its own here.",)
    up = 100 * (1 - mean) / (strength + 1)
    down = 100 * mean / (strength + 1)
    told = (
        f"The next planted error found adds about {up:.1f} points; one missed takes about {down:.1f}."
        if kind == JudgmentKind.GOLD
        else f"The next piece of work rated full adds about {up:.1f} points."
    )
    if n_eff >= SURE_ANSWERS:
        return (told,)
    return (
        told,
        f"{n_eff:.0f} checked answers so far: with more of them the band narrows.",
    )


def _counted(verb: str, count: int) -> str:
    return f"{verb} {count} planted error{'' if count == 1 else 's'}"


def _words(cell: Cell, where: str) -> str:
    share = f"{100 * cell.found / cell.total:.0f} of 100"
    pieces = f"{cell.count} piece{'' if cell.count == 1 else 's'}"
    return {
        JudgmentKind.REVIEW: f"Reviews of {pieces} {where} give {share} points, "
        "after correcting for how strict each reviewer is",
        JudgmentKind.SELF_AGREEMENT: f"The same answer on {share} repeated items {where}",
        JudgmentKind.OUTCOME: f"Clients kept {share} of {pieces} {where}",
        JudgmentKind.AGREEMENT: f"Agrees with others on {share} items {where}",
    }[JudgmentKind(cell.kind)]
