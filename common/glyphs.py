"""Geometry of the small drawings in pages: pure numbers in, SVG attributes as text out, no style attribute anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

POINTS_LOW, POINTS_HIGH = 50.0, 100.0
"""The scale of a quality glyph when a page names none: below 50 of 100 nobody is shown work."""


@dataclass(frozen=True, slots=True)
class IntervalGlyph:
    """Attributes of one score glyph, in pixels, as text that no locale can turn into ``95,0``."""

    width: int
    band_x: str
    band_width: str
    point_x: str
    bar_x: str | None
    tone: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values between ``low`` and ``high`` to pixels 0..``width``; values outside stand at the edge.

    Raises:
        ValueError: the scale is empty or upside down.
    """

    low: float
    high: float
    width: int

    def __post_init__(self) -> None:
        if not self.low < self.high or self.width <= 0:
            raise ValueError(f"a scale from {self.low} to {self.high} on {self.width} px shows nothing")

    def pixel(self, value: float) -> float:
        """Return where ``value`` stands."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return share * self.width


def tone_of(low: float, high: float, bar: float | None) -> str:
    """Return ``below`` when the whole interval is under ``bar``, ``unsure`` when it contains it, else nothing."""
    if bar is None or low >= bar:
        return ""
    return "below" if high <= bar else "unsure"


def draw_interval(
    *, value: float, low: float, high: float, bar: float | None, scale: Scale, tone: str | None = None
) -> IntervalGlyph:
    """Return the glyph of ``value`` inside its interval ``low``..``high``; ``bar`` is the project's threshold.

    Raises:
        ValueError: the interval does not contain the value, or a number is not finite.
    """
    if not all(map(isfinite, (value, low, high))) or not low <= value <= high:
        raise ValueError(f"{value} is not inside its interval {low} to {high}")
    start, end = scale.pixel(low), scale.pixel(high)
    return IntervalGlyph(
        width=scale.width,
        band_x=f"{start:.1f}",
        band_width=f"{end - start:.1f}",
        point_x=f"{scale.pixel(value):.1f}",
        bar_x=None if bar is None else f"{scale.pixel(bar) - 1:.1f}",
        tone=tone_of(low, high, bar) if tone is None else tone,
    )


def heat_step(chance_above: float | None) -> str:
    """Return the class of a heat cell by the chance (0..1) to be above the bar; None = no own work, inherited."""
    if chance_above is None:
        return "p0"
    for least, step in ((0.95, "p5"), (0.5, "p3"), (0.05, "p2")):
        if chance_above > least:
            return step
    return "p1"


def heat_tone(step: str) -> str:
    """Return the tone of the glyph in a heat cell of class ``step``: the cell's chance says it, not the interval."""
    return {"p1": "below", "p2": "unsure"}.get(step, "")


def bar_width(done: float, whole: float) -> str:
    """Return the filled part of a bar 100 wide; an empty whole fills nothing."""
    return "0.0" if whole <= 0 else f"{100 * min(max(done / whole, 0.0), 1.0):.1f}"
