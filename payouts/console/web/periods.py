"""Pages of the books' months: the list, and one month with its checklist and its close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.console.forms import ReasonForm, VersionForm
from payouts.console.web.books import READ
from payouts.ledger import commands
from payouts.ledger.closing import run_close_checks
from payouts.ledger.models import Period
from payouts.ledger.queries import get_period, list_periods

State = Period.State

#: The state's word and tone.
WORDS = {State.OPEN: ("Open", ""), State.PROPOSED: ("To be closed", "ask"), State.CLOSED: ("Closed", "done")}


@web.page(*READ)
def show_periods(request: HttpRequest) -> HttpResponse:
    """Show every month, newest first."""
    web.refuse_unknown_filters(request, [])
    page = web.paginate(request, list_periods(request.user))
    rows = [(row, *WORDS[State(row.state)]) for row in page]
    return render(request, "finance/periods.html", {"page": page, "rows": rows})


@web.page(*READ)
def show_period(request: HttpRequest, month: str) -> HttpResponse:
    """Show one month with its checklist and what the viewer may do."""
    return _render(request, get_period(request.user, month))


def _render(request: HttpRequest, row: Period, forms: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    prepares, approves = (has_grant(request.user, grant) for grant in ("finance.prepare", "finance.approve"))
    is_proposed, is_own = row.state == State.PROPOSED, row.proposed_by_id == request.user.pk
    checks = [] if row.state == State.CLOSED else run_close_checks(row, clock.now())
    context = {
        "row": row,
        "word": word,
        "tone": tone,
        "checks": checks,
        "is_ready": all(result.is_ok for result in checks),
        "may_propose": row.state == State.OPEN and prepares,
        "may_close": is_proposed and approves and not is_own,
        "may_keep_open": is_proposed and (prepares or approves),
        "is_own": is_proposed and is_own,
        "version_form": VersionForm(initial=initial),
        "propose_form": ReasonForm(initial=initial, auto_id="propose_%s"),
        "keep_form": ReasonForm(initial=initial, auto_id="keep_%s"),
    }
    return render(request, "finance/period.html", context | (forms or {}), status=status)


@web.page(*READ)
def show_checks(request: HttpRequest, month: str) -> HttpResponse:
    """Return the checklist of a month for another page, which loads it later: it reads the whole books."""
    row = get_period(request.user, month)
    checks = run_close_checks(row, clock.now())
    context = {"row": row, "checks": checks, "passed": sum(check.is_ok for check in checks)}
    return render(request, "finance/_checks.html", context)


_FORMS: dict[str, tuple[type[VersionForm], str, Callable[..., Period], str]] = {
    "propose": (ReasonForm, "propose_form", commands.propose_close, "It was proposed. Another person closes it."),
    "close": (VersionForm, "version_form", commands.close_period, "The books of this month are closed."),
    "keep-open": (ReasonForm, "keep_form", commands.keep_open, "The month stays open."),
}


@web.page(*READ, methods=("POST",))
def act_on_period(request: HttpRequest, month: str, verb: str) -> HttpResponse:
    """Run one step of closing a month; a refusal is shown on its page."""
    row = get_period(request.user, month)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, month=row.month, by=request.user, now=clock.now())
    if moved is None:
        return _render(request, get_period(request.user, month), {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "finance:period", row.month)
