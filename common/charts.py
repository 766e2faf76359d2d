"""What a chart needs: data for the canvas, and the same figures as a table for everyone who does not see the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from common.currencies import get_currency
from common.formats import current_locale, format_number

EARNING_STATES = {"paid": "Paid", "in_cycle": "In cycle", "approved": "Approved", "pending": "Pending approval"}
_EARNING_KEYS = {"paid": "paid", "in_cycle": "cycle", "approved": "appr", "pending": "pend"}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart with its legend and table. ``kind`` names the drawing in muster.js; ``id`` is unique in the page."""

    kind: str
    id: str
    label: str
    data: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, str]] = field(default_factory=tuple)
    low: bool = False


def earnings_chart(
    *, id: str, label: str, currency: str, labels: Sequence[str], amounts_minor: Mapping[str, Sequence[int]]
) -> Chart:
    """Return the stacked bars of earnings by period; ``amounts_minor`` maps paid, in_cycle, approved, pending.

    Raises:
        ValueError: an unknown state, or a series of another length than ``labels``.
    """
    for state, series in amounts_minor.items():
        if state not in EARNING_STATES or len(series) != len(labels):
            raise ValueError(f"{state!r} with {len(series)} values does not fit {len(labels)} periods")
    exponent = get_currency(currency).exponent
    states = [state for state in EARNING_STATES if state in amounts_minor]
    major = {state: [float(Decimal(value).scaleb(-exponent)) for value in amounts_minor[state]] for state in states}
    rows = [
        [label_, *(format_number(major[state][index], decimals=exponent) for state in states)]
        for index, label_ in enumerate(labels)
    ]
    data = {
        "labels": list(labels),
        "currency": currency,
        "locale": str(current_locale()).replace("_", "-"),
        "states": [{"key": state, "label": EARNING_STATES[state], "values": major[state]} for state in states],
    }
    legend = [(_EARNING_KEYS[state], EARNING_STATES[state]) for state in states]
    return Chart("earnings", id, label, data, ["Period", *(EARNING_STATES[state] for state in states)], rows, legend)


def band_chart(
    *,
    id: str,
    label: str,
    labels: Sequence[str],
    score: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    bar: float | None,
    minimum: float = 50,
) -> Chart:
    """Return the line of a score (points of 100) over its 90 % interval, with the project's bar if there is one.

    Raises:
        ValueError: the series differ in length.
    """
    if not len(labels) == len(score) == len(low) == len(high):
        raise ValueError("a band needs one score, one low and one high end for each label")
    start = min([minimum, *low, *([bar] if bar is not None else [])])
    data = {
        "labels": list(labels),
        "score": list(score),
        "low": list(low),
        "high": list(high),
        "bar": bar,
        "min": start,
    }
    rows = [
        [text, format_number(score[i]), f"{format_number(low[i])}\N{EN DASH}{format_number(high[i])}"]
        for i, text in enumerate(labels)
    ]
    legend = [("line", "Score"), ("bandk", "90 % interval"), *([("dash", "Project’s bar")] if bar is not None else [])]
    return Chart("band", id, label, data, ["Period", "Score", "90 % interval"], rows, legend, low=True)
