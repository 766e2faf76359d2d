"""What a proposal rests on, as words and figures that the worker may read, and when nothing is proposed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from quality.estimates.rules import Reason
from quality.methods.gates import Gate, Kind, Standing, lost_ground_gate, propose, restore_gate
from quality.scopes.rules import ScopeCodes

#: The same is not proposed again for this long after a person turned it down or settled it: nobody is worn down.
QUIET: Final = timedelta(days=30)
#: Words of the ways in which a program ends a proposal.
NOT_TODAY: Final = "It could not be proposed any more on what is known now."
GRAVER: Final = "What is known now proposes something else in its place."
GONE: Final = "The person is not here any more."


@dataclass(frozen=True, slots=True)
class Bars:
    """What is asked in a scope: below ``bar`` a pause can be proposed, above ``promote_bar`` a promotion. Shares, 0..1."""

    bar: float
    promote_bar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One worker in one scope on the night of proposing.

    ``is_paused``: by a decided case. ``has_lost_evidence``: evidence from before the pause, or before the proposal that a
    case runs on, was withdrawn or corrected since.
    """

    standing: Standing
    bars: Bars
    is_paused: bool = False
    has_lost_evidence: bool = False


def choose_gate(known: Known) -> Gate | None:
    """This will return the gate that passes today: a return for who is paused, else the gravest of the others."""
    if not known.is_paused:
        return propose(known.standing, bar=known.bars.bar, promote_bar=known.bars.promote_bar)
    shown = restore_gate(known.standing, bar=known.bars.bar)
    if shown.passes:
        return shown
    return find_lost_ground(known)


def find_lost_ground(known: Known) -> Gate | None:
    """This will return the gate by which withdrawn evidence took a pause's ground away, None while the ground holds."""
    if not known.has_lost_evidence:
        return None
    gate = lost_ground_gate(known.standing, bar=known.bars.bar)
    return gate if gate.passes else None


def bar_of(kind: str, bars: Bars) -> float:
    """This will return the bar that a gate of this kind was checked against."""
    return bars.promote_bar if kind == Kind.PROMOTE else bars.bar


def snapshot(
    *, gate: Gate, known: Known, low90: float, high90: float, prior: float, why: Sequence[Reason], version: str
) -> dict[str, Any]:
    """This will freeze what a proposal rests on. No planted item and no reviewer can be told from it.

    Figures are shares (0..1) or numbers of answers; ``prior`` and the deltas of ``why`` add up to ``score``.
    """
    standing = known.standing
    return {
        "score": standing.mean,
        "interval90": [low90, high90],
        "n_eff": standing.n_eff,
        "is_falling": standing.is_falling,
        "bar": bar_of(gate.kind, known.bars),
        "checks": [
            {"words": check.words, "value": check.value, "least": check.least, "passes": check.passes}
            for check in gate.checks
        ],
        "prior": prior,
        "why": [{"words": line.words, "evidence_kind": line.evidence_kind, "delta": line.delta} for line in why],
        "version": version,
    }


def nearest_bars(scopes: Sequence[ScopeCodes], rows: dict[ScopeCodes, Bars], default: Bars) -> Bars:
    """This will return the bars of the first of ``scopes`` (a scope and its ever wider parents) that has its own."""
    return next((rows[scope] for scope in scopes if scope in rows), default)
