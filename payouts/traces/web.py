"""Pages of traces: what a reference stands for, and its way step by step."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common import web
from common.formats import current_locale
from common.money import Money
from payouts.traces.queries import trace
from payouts.traces.values import Step, Trace

_READERS = ("earnings.own", "finance.read", "audit.read")
_SHOWN_EARNINGS = 100
_NOUNS = {
    "EARNING": "earning",
    "PAYOUT": "payout",
    "TRANSFER": "transfer",
    "ENTRY": "journal entry",
    "STATEMENT": "statement",
}


@web.page(*_READERS)
def find_reference(request: HttpRequest) -> HttpResponse:
    """Ask for a reference, and lead to its way."""
    web.refuse_unknown_filters(request, ["of"])
    reference = request.GET.get("of", "").strip()
    if reference and "/" not in reference:
        return redirect("traces:show", reference=reference)
    return render(request, "traces/find.html")


@web.page(*_READERS)
def show_trace(request: web.PageRequest, reference: str) -> HttpResponse:
    """Show the way of an earning, payout, transfer, journal entry or statement."""
    found = trace(request.user, reference)
    context = {
        "trace": found,
        "noun": _NOUNS[found.kind],
        "steps": [_shown(step, found) for step in found.steps],
        "earnings": found.earnings[:_SHOWN_EARNINGS],
        "left_off": max(0, len(found.earnings) - _SHOWN_EARNINGS),
    }
    return render(request, "traces/trace.html", context)


def _shown(step: Step, found: Trace) -> dict[str, Any]:
    return {
        "title": f"{step.title}, {_money(step.amount)}" if step.amount else step.title,
        "when": step.at or "",
        "who": f"by {step.actor}" if step.actor else "",
        "text": step.text,
        "facts": [("Id", step.id), *step.facts] if step.id else step.facts,
        **_link(step, found),
    }


def _link(step: Step, found: Trace) -> dict[str, str]:
    if step.kind == "STATEMENT":
        return {"url": reverse("statements:show", args=[step.id]), "url_label": f"{step.title}, line by line"}
    if step.kind == "PAYOUT" and found.kind in ("EARNING", "ENTRY"):
        return {"url": reverse("traces:show", args=[step.id]), "url_label": "Everything that this payout pays"}
    return {}


def _money(money: Money | None) -> str:
    return "" if money is None else money.format(str(current_locale()))
