"""Geometry of the score glyph."""

import pytest

from common.glyphs import Scale, bar_width, draw_interval, heat_step


def test_band_point_and_bar_stand_where_the_scale_puts_them() -> None:
    glyph = draw_interval(value=91, low=86, high=95, bar=80, scale=Scale(50, 100, 132))

    assert (glyph.band_x, glyph.band_width, glyph.point_x, glyph.bar_x) == ("95.0", "23.8", "108.2", "78.2")


@pytest.mark.parametrize(
    ("low", "high", "bar", "tone"),
    [(86, 95, 80, ""), (76, 95, 80, "unsure"), (72, 80, 80, "below"), (80, 95, 80, ""), (20, 95, None, "")],
)
def test_the_tone_says_where_the_whole_interval_lies(low: float, high: float, bar: float | None, tone: str) -> None:
    assert draw_interval(value=low, low=low, high=high, bar=bar, scale=Scale(50, 100, 96)).tone == tone


def test_values_outside_the_scale_stand_at_its_edge() -> None:
    glyph = draw_interval(value=30, low=10, high=60, bar=80, scale=Scale(50, 100, 100))

    assert (glyph.band_x, glyph.band_width, glyph.point_x) == ("0.0", "20.0", "0.0")


@pytest.mark.parametrize(("value", "low", "high"), [(96, 86, 95), (91, 92, 95), (float("nan"), 86, 95)])
def test_a_score_outside_its_own_interval_is_not_drawn(value: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="not inside its interval"):
        draw_interval(value=value, low=low, high=high, bar=None, scale=Scale(50, 100, 96))


def test_an_empty_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="shows nothing"):
        Scale(80, 80, 96)


@pytest.mark.parametrize(
    ("chance", "step"), [(0.96, "p5"), (0.95, "p3"), (0.5, "p2"), (0.06, "p2"), (0.05, "p1"), (0.0, "p1"), (None, "p0")]
)
def test_a_heat_cell_is_classed_by_the_chance_to_be_above_the_bar(chance: float | None, step: str) -> None:
    assert heat_step(chance) == step


@pytest.mark.parametrize(("done", "whole", "width"), [(3124, 4180, "74.7"), (0, 0, "0.0"), (9, 3, "100.0")])
def test_a_bar_is_never_fuller_than_full(done: float, whole: float, width: str) -> None:
    assert bar_width(done, whole) == width
