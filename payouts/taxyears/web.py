"""Pages of year-end tax files: the runs with a form to prepare one, and one run with its returns and its decision."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.money import Money
from common.permissions import has_grant
from payouts.taxyears import commands
from payouts.taxyears.documents import file_names
from payouts.taxyears.forms import DecisionForm, RefusalForm, RunForm
from payouts.taxyears.models import TaxYearRun
from payouts.taxyears.queries import get_run

_READ = ("finance.read", "audit.read")
State = TaxYearRun.State

#: The state's word and tone.
_WORDS = {
    State.PREPARED: ("To approve", "ask"),
    State.APPROVED: ("Approved", "done"),
    State.REJECTED: ("Rejected", "stop"),
}
_ROWS_A_PAGE = 100


@web.page(*_READ, methods=("GET", "HEAD", "POST"))
def list_runs(request: HttpRequest) -> HttpResponse:
    """Show the runs, newest first, and prepare another one."""
    form = RunForm(request.POST or None)
    if request.method == "POST":
        run = web.submit(form, commands.prepare_run, by=request.user, now=clock.now())
        if run is not None:
            return web.done(request, "It was prepared. Another person approves it.", "taxyears:run", run.id)
    else:
        web.refuse_unknown_filters(request, [])
    rows = TaxYearRun.objects.visible_to(request.user).select_related("prepared_by", "corrects").defer("document")
    page = web.paginate(request, rows.order_by("-prepared_at", "-id"))
    context = {
        "page": page,
        "rows": [(row, *_WORDS[State(row.state)]) for row in page],
        "form": form,
        "may_prepare": has_grant(request.user, "finance.prepare"),
    }
    return render(request, "taxyears/list.html", context, status=web.form_status(form))


@web.page(*_READ)
def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show one run: its returns, who is on none, what changed, its files, and what the viewer may decide."""
    return _render(request, get_run(request.user, run_id))


def _render(
    request: HttpRequest, run: TaxYearRun, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = _WORDS[State(run.state)]
    initial = {"expected_version": run.version}
    is_own = run.prepared_by_id == request.user.pk
    is_open = run.state == State.PREPARED
    content = run.content
    context = {
        "run": run,
        "content": content,
        "page": web.paginate(request, [_shown(row) for row in content["returns"]], size=_ROWS_A_PAGE),
        "not_reported": [_shown(row) for row in content["not_reported"]],
        "changes": [{**row, "was": _shown(row["was"]), "now": _shown(row["is"])} for row in content["changes"]],
        "files": file_names(),
        "word": word,
        "tone": tone,
        "may_decide": is_open and not is_own and has_grant(request.user, "finance.approve"),
        "is_own": is_open and is_own,
        "version_form": DecisionForm(initial=initial),
        "reason_form": RefusalForm(initial=initial),
    }
    return render(request, "taxyears/run.html", context | (forms or {}), status=status)


def _shown(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a row whose amounts are money."""
    if row is None:
        return None
    amounts = {name: Money(int(Decimal(row[name]) * 100), "USD") for name in ("gross", "withheld") if name in row}
    return row | amounts


_FORMS: dict[str, tuple[type[DecisionForm], str, Callable[..., TaxYearRun], str]] = {
    "approve": (DecisionForm, "version_form", commands.approve_run, "It was approved; its files can be filed."),
    "reject": (RefusalForm, "reason_form", commands.reject_run, "It was rejected."),
}


@web.page(*_READ, methods=("POST",))
def act_on_run(request: HttpRequest, run_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a run; a refusal is shown on its page."""
    run = get_run(request.user, run_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, run_id=run.id, by=request.user, now=clock.now())
    if moved is None:
        run.refresh_from_db()
        return _render(request, run, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "taxyears:run", run.id)
