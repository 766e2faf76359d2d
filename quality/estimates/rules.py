"""From summed evidence to what the methods take, and from their numbers to plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final
from uuid import UUID

from quality.evidence.values import EvidenceSum, JudgmentKind

# A new method or a new constant that changes numbers needs a new version.
METHOD_VERSION: Final = "shrunken-share-2+severity-2+consensus-3"
# How many planted items any amount of a kind of evidence can tell as much as. Planted items have no end. Reviewers who
# learned from each other err alike; who repeats an answer may repeat an error; a client keeps work for its own reasons.
# Agreement is counted in known answers by the fit that it comes from; this is what everybody overlooks together.
MOST_ANSWERS: Final[Mapping[str, float]] = {  # strongest first
    JudgmentKind.GOLD: inf,
    JudgmentKind.REVIEW: 30.0,
    JudgmentKind.OUTCOME: 20.0,
    JudgmentKind.SELF_AGREEMENT: 10.0,
    JudgmentKind.AGREEMENT: 20.0,
}
# 90 % of a normal distribution lies within this many standard errors.
SURE_ERRORS: Final = 1.645
# Answers from which a score is taken as settled (the gate for decisions in the design).
SURE_ANSWERS: Final = 30
# Reasons from other scopes that are told one by one.
MOST_RELATED: Final = 3


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


def build_cells(evidence: Sequence[EvidenceSum], severities: Mapping[UUID, float]) -> list[Cell]:
    """This will add up each worker's evidence per scope and kind, in answers to planted items that would tell as much.

    A review's value is first raised by its reviewer's severity (in shares, positive = strict) and kept within 0..1. What all
    evidence of a kind shares, no number of it corrects: n answers of a kind tell as much as n / (1 + n / most) planted items
    (``MOST_ANSWERS``).
    """
    sums: dict[tuple[UUID, UUID, str], list[float]] = {}
    for row in evidence:
        value = row.value
        if row.kind == JudgmentKind.REVIEW and row.actor_id is not None:
            value = min(max(value + severities.get(row.actor_id, 0.0), 0.0), 1.0)
        into = sums.setdefault((row.worker_id, row.scope_id, row.kind), [0.0, 0.0, 0])
        into[0] += value * row.weight
        into[1] += row.weight
        into[2] += row.count
    return [_cell(*key, *values) for key, values in sums.items()]


def count_worth(kind: str, weight: float) -> float:
    """This will say how many planted items ``weight`` answers of a kind tell as much as."""
    return weight / (1 + weight / MOST_ANSWERS[kind])


def _cell(worker_id: UUID, scope_id: UUID, kind: str, found: float, weight: float, count: float) -> Cell:
    total = count_worth(kind, weight)
    return Cell(worker_id, scope_id, kind, min(found / weight * total, total), total, int(count))


@dataclass(frozen=True, slots=True)
class Part:
    """What a cell, or what was found or missed of it, did to a score, before it is told in words."""

    cell: Cell
    delta: float
    #: Of planted items alone: how many were found, or missed.
    found: int = 0
    missed: int = 0


def parts_of(cell: Cell, *, weight: float, prior: float) -> list[Part]:
    """This will say what a cell did to the score; the deltas add up to ``weight * (share - prior)``, ``weight`` being its own.

    Gold has what was found, ``weight * share * (1 - prior)``, and what was missed, ``-weight * (1 - share) * prior``.
    """
    share = cell.found / cell.total
    if cell.kind != JudgmentKind.GOLD:
        return [Part(cell, weight * (share - prior))]
    missed = round(cell.count * (1 - share))
    parts = []
    if cell.count > missed:
        parts.append(Part(cell, weight * share * (1 - prior), found=cell.count - missed))
    if missed:
        parts.append(Part(cell, -weight * (1 - share) * prior, missed=missed))
    return parts


def tell(part: Part, *, scope_words: str | None) -> Reason:
    """This will put a part into words; ``scope_words`` names the scope where it isn't the score's own."""
    where = f"in related work ({scope_words})" if scope_words else "in this work"
    if part.found:
        words = f"{_counted('Found', part.found)} {where}"
    elif part.missed:
        words = f"{_counted('Missed', part.missed)} {where}"
    else:
        words = _words(part.cell, where)
    return Reason(words, part.cell.kind, part.delta)


def shorten(own: Sequence[Part], related: Sequence[Part], scope_words: Callable[[Cell], str]) -> list[Reason]:
    """This will tell the own parts and the three weightiest related ones, the rest added up in one line."""
    told = [tell(part, scope_words=None) for part in own]
    ranked = sorted(related, key=lambda part: -abs(part.delta))
    # Only those are put into words that may be told: the three weightiest, and whatever weighs as much as the third.
    least = abs(ranked[MOST_RELATED - 1].delta) if len(ranked) > MOST_RELATED else -inf
    reasons = [tell(part, scope_words=scope_words(part.cell)) for part in ranked if abs(part.delta) >= least]
    reasons.sort(key=lambda reason: (-abs(reason.delta), reason.words))
    kept = reasons[:MOST_RELATED]
    if len(ranked) <= MOST_RELATED:
        return [*told, *kept]
    rest = sum(part.delta for part in ranked) - sum(reason.delta for reason in kept)
    return [*told, *kept, Reason("Other related work", "RELATED", rest)]


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
        JudgmentKind.AGREEMENT: f"Of {cell.count} label{'' if cell.count == 1 else 's'} {where} about {share} are likely right, "
        "going by everybody’s labels of the same items",
    }[JudgmentKind(cell.kind)]
