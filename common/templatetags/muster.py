"""Template tags of the portal's blocks: money, times, states, scores, icons, fields and charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common import formats
from common.clock import now
from common.glyphs import POINTS_HIGH, POINTS_LOW, Scale, bar_width, draw_interval, heat_step, heat_tone
from common.icons import ICONS
from common.money import Money
from common.permissions import has_grant

register = template.Library()

TONES = ("", "run", "done", "ask", "stop")
"""Waiting (hollow ring), running (half disc), done (full disc), someone must act (triangle), failed (square)."""


@register.filter
def money(value: Money | None, sign: str = "") -> str:
    """Show an amount in its own direction: ``{{ total|money }}``, or ``{{ difference|money:"+" }}`` with its sign."""
    if value is None:
        return ""
    text = value.format(str(formats.current_locale()))
    plus = "+" if sign and value.amount_minor > 0 else ""
    return format_html("<bdi>{}{}</bdi>", plus, text)


@register.simple_tag
def amount(amount_minor: int, currency: str, sign: str = "") -> str:
    """Show minor units with their currency: ``{% amount row.amount_minor row.currency %}``."""
    return money(Money(amount_minor, currency), sign)


@register.filter
def ident(value: object) -> str:
    """Show an identifier apart from the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", value)


@register.filter
def local_time(value: datetime | date | None, kind: str = "datetime") -> str:
    """Show an instant in the viewer's zone: kinds datetime, date, time, full and day (see ``common.formats``)."""
    if value is None:
        return ""
    text = formats.format_time(value, kind)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def when(value: datetime | date | str) -> str:
    """Show an instant in the viewer's zone with its year, or words as they are."""
    return value if isinstance(value, str) else local_time(value, "full" if isinstance(value, datetime) else "day")


@register.filter
def hours(seconds: float | None, kind: str = "long") -> str:
    """Show seconds as ``5 h 40 min``; ``"short"`` as ``5 h 40``, ``"timer"`` as ``5:40:00``."""
    if seconds is None:
        return ""
    if kind == "timer":
        return formats.format_timer(seconds)
    return formats.format_hours(seconds, short=kind == "short")


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    """Show a number in the viewer's locale with a true minus."""
    return "" if value is None else formats.format_number(value, decimals=decimals)


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """Show a share (0..1) as ``92 %``."""
    return "" if share is None else f"{formats.format_number(100 * share, decimals=decimals)}\N{NO-BREAK SPACE}%"


@register.filter
def may(user: Any, grant: str) -> bool:
    """Say whether ``user`` holds ``grant`` anywhere: ``{% if user|may:"webhooks.manage" %}``."""
    return has_grant(user, grant)


@register.filter
def initials(name: str) -> str:
    """Return at most two initials of a person's name."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.simple_tag
def state(word: str, tone: str = "") -> str:
    """Show a state: ``{% state "Approved" "done" %}``; tones: empty, run, done, ask, stop.

    Raises:
        ValueError: an unknown tone, or a state without a word.
    """
    if tone not in TONES or not str(word).strip():
        raise ValueError(f"state {word!r} with tone {tone!r}: a state has a word and one of the tones {TONES[1:]}")
    return format_html('<span class="state{}">{}</span>', f" {tone}" if tone else "", word)


@register.simple_tag
def icon(name: str) -> str:
    """Draw an icon of the set, hidden from screen readers."""
    outline = format_html_join("", '<path d="{}"/>', ((path,) for path in ICONS[name]))
    return format_html(
        '<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        outline,
    )


@register.inclusion_tag("blocks/_score.html")
def score(
    value: float,
    low: float,
    high: float,
    bar: float | None = None,
    width: int = 96,
    scale_low: float = POINTS_LOW,
    scale_high: float = POINTS_HIGH,
    decimals: int = 0,
    tone: str | None = None,
) -> dict[str, Any]:
    """Show a score with its 90 % interval and the glyph; all figures in points of the scale."""
    scale = Scale(float(scale_low), float(scale_high), int(width))
    glyph = draw_interval(
        value=float(value),
        low=float(low),
        high=float(high),
        bar=None if bar is None else float(bar),
        scale=scale,
        tone=tone,
    )
    words = [formats.format_number(float(figure), decimals=decimals) for figure in (value, low, high)]
    dash = "\N{EN DASH}" if low >= 0 else " to "
    return {"glyph": glyph, "value": words[0], "interval": f"{words[1]}{dash}{words[2]}"}


@register.inclusion_tag("blocks/_score.html")
def score_share(
    value: float, low: float, high: float, bar: float | None = None, width: int = 96, scale_low: float = POINTS_LOW
) -> dict[str, Any]:
    """Show a score kept as shares (0..1) in points of 100."""
    threshold = None if bar is None else 100 * float(bar)
    return score(100 * float(value), 100 * float(low), 100 * float(high), threshold, width, scale_low)


@register.simple_tag
def glyph(
    value: float, low: float, high: float, bar: float | None = None, width: int = 96, tone: str | None = None
) -> str:
    """Draw only the glyph, where value and interval stand beside it in words; figures in points."""
    scale = Scale(min(POINTS_LOW, low), POINTS_HIGH, width)
    drawn = draw_interval(value=value, low=low, high=high, bar=bar, scale=scale, tone=tone)
    return render_to_string("blocks/_glyph.html", {"glyph": drawn})


@register.simple_tag
def heat_glyph(cell: Any, bar: float | None = None) -> str:
    """Draw the glyph of a heat cell, in the tone of its chance to be above the bar."""
    figures = {name: _part(cell, name) for name in ("value", "low", "high")}
    step = heat_step(None if _part(cell, "inherited") else _part(cell, "chance_above"))
    return glyph(**figures, bar=bar, width=80, tone=heat_tone(step))


def _part(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else getattr(row, name, None)


@register.simple_tag
def bar(done: float, whole: float) -> str:
    """Draw how much of ``whole`` is ``done``; the figures must stand beside it in words."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="tr" width="100" height="8"/><rect class="v" width="{}" height="8"/></svg>',
        bar_width(float(done), float(whole)),
    )


@register.filter
def heat_class(chance_above: float | None) -> str:
    """Return the class of a heat cell by the chance (0..1) to be above the bar; None = inherited."""
    return heat_step(chance_above)


@register.inclusion_tag("blocks/_chart.html")
def chart(chart: Any) -> dict[str, Any]:
    """Show a ``common.charts.Chart`` with legend, canvas, data block and table."""
    return {"chart": chart}


@register.inclusion_tag("blocks/_rules.html")
def rules(rules: Sequence[Any]) -> dict[str, Any]:
    """Show rules: ``tone``, ``word``, ``text``; optional ``evidence``, ``fix``, ``fix_url``, ``fix_label``."""
    return {"rules": rules}


@register.inclusion_tag("blocks/_trail.html")
def trail(steps: Sequence[Any]) -> dict[str, Any]:
    """Show steps in order; each has ``title`` and may have ``status`` (now, todo), ``when``, ``who``, ``text``."""
    return {"steps": steps}


@register.inclusion_tag("blocks/_field.html")
def field(field: BoundField, label_hidden: bool = False) -> dict[str, Any]:
    """Show one form field: label, control, hint and errors, tied together for screen readers."""
    widget = field.field.widget
    kind = "group" if isinstance(widget, RadioSelect | CheckboxSelectMultiple) else "control"
    if isinstance(widget, CheckboxInput):
        kind = "check"
    css = {"group": "form-check-input", "check": "form-check-input"}.get(kind) or _control_class(widget)
    if field.errors:
        css += " is-invalid"
    own = widget.attrs.get("class", "")
    control = field.as_widget(attrs={"class": f"{own} {css}".strip()}) if kind != "group" else SafeString("")
    return {"field": field, "kind": kind, "control": control, "label_hidden": label_hidden, "widget_class": css}


def _control_class(widget: Any) -> str:
    return "form-select" if isinstance(widget, Select) else "form-control"


@register.inclusion_tag("blocks/_fields.html")
def form_fields(form: Any) -> dict[str, Any]:
    """Show every field of a form with its hidden fields and, first, the summary of its errors."""
    return {"form": form}


@register.inclusion_tag("blocks/_form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """Show the summary that takes the focus; nothing while the form has no errors."""
    return {"form": form}


@register.simple_tag
def page_moment() -> datetime:
    """Return the instant the page was made, for "Updated 15:42:06"."""
    return now()


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """Return the present query string with ``changes``; an empty value drops its parameter."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return "?" + query.urlencode()
