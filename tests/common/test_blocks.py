"""The blocks that pages are made of."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from common import charts
from common.templatetags import muster

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html")) + sorted(ROOT.glob("*/*/templates/**/*.html"))


def render(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load muster %}" + source).render(context)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_no_inline_script_style_or_foreign_address(path: Path) -> None:
    source = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=\"{% static)", source)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", source)
    get_template(str(path).partition("templates/")[2])


def test_a_state_is_a_word_with_a_shape_and_a_color() -> None:
    assert muster.state("Approved", "done") == '<span class="state done">Approved</span>'
    assert muster.state("Submitted") == '<span class="state">Submitted</span>'


@pytest.mark.parametrize(("word", "tone"), [("Approved", "green"), ("", "done"), ("  ", "done")])
def test_a_state_without_a_word_or_with_a_made_up_tone_is_refused(word: str, tone: str) -> None:
    with pytest.raises(ValueError, match="a state has a word"):
        muster.state(word, tone)


def test_a_word_from_outside_cannot_become_markup() -> None:
    assert muster.state("<b>x</b>", "ask") == '<span class="state ask">&lt;b&gt;x&lt;/b&gt;</span>'


def test_a_score_shows_value_interval_and_glyph() -> None:
    shown = render("{% score 91 86 95 80 %}")

    assert '<b>91</b> <span class="rng">86–95</span>' in shown
    assert 'class="bd" x="69.1"' in shown


def test_a_score_kept_as_a_share_is_shown_in_points() -> None:
    assert render("{% score_share 0.91 0.86 0.95 0.8 %}") == render("{% score 91 86 95 80 %}")


def test_an_interval_below_zero_is_written_with_to() -> None:
    assert '<span class="rng">−8.1 to −4.7</span>' in render("{% score -6.4 -8.1 -4.7 0 120 -15 15 1 %}")


def test_a_failed_rule_without_a_fix_says_so() -> None:
    failed = SimpleNamespace(tone="stop", word="Failed", text="Variety es-ES", evidence="yours is es-BO")

    shown = render("{% rules rules %}", rules=[failed])

    assert "Variety es-ES" in shown
    assert '<span class="fix">No fix.</span>' in shown


def test_a_trail_marks_what_runs_and_what_is_to_come() -> None:
    steps = [{"title": "Prepared"}, {"title": "Approval", "status": "now"}, {"title": "Paid", "status": "todo"}]

    shown = render("{% trail steps %}", steps=steps)

    assert shown.index("Prepared") < shown.index('class="now" aria-current="step"') < shown.index('class="todo"')


def test_a_chart_carries_its_figures_as_a_table() -> None:
    chart = charts.earnings_chart(
        id="e",
        label="Earnings by week",
        currency="USD",
        labels=["2 Nov"],
        amounts_minor={"paid": [106680], "pending": [0]},
    )

    shown = render("{% chart chart %}", chart=chart)

    assert '<script id="e" type="application/json">' in shown
    assert '<th scope="row">2 Nov</th><td class="num">1,066.80</td><td class="num">0.00</td>' in shown


def test_a_band_chart_with_series_of_different_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one score, one low and one high"):
        charts.band_chart(id="q", label="Quality", labels=["1", "2"], score=[80], low=[70], high=[90], bar=None)


def test_the_axis_of_a_band_begins_below_its_lowest_point() -> None:
    chart = charts.band_chart(id="q", label="Quality", labels=["1"], score=[52], low=[31], high=[72], bar=80)

    assert chart.data["min"] == 31


def test_pages_keep_the_filters_of_the_list() -> None:
    request = RequestFactory().get("/people/?language=es-BO&page=2")

    shown = engines["django"].from_string("{% load muster %}{% query_with page=3 %}").render({}, request)

    assert shown == "?language=es-BO&amp;page=3"


def test_an_unknown_page_kind_of_icon_is_refused() -> None:
    with pytest.raises(KeyError):
        muster.icon("dragon")


def test_progress_says_counts_in_words_and_for_machines() -> None:
    shown = render_to_string(
        "blocks/_progress.html", {"label": "Rows read", "done": 3124, "whole": 4180, "unit": "rows"}
    )

    assert "<b>3,124 of 4,180</b> rows" in shown
    assert 'aria-valuemax="4180" aria-valuenow="3124"' in shown
