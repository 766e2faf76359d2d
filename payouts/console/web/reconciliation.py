"""Pages of reconciliation: how every currency stands, breaks, holds, the next close, and one break with its decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import DomainError
from common.models import AuditEvent
from common.permissions import has_grant
from payouts.console.forms import ExplanationForm, ReasonForm, VersionForm, WriteOffForm
from payouts.console.unpaid import list_unpaid
from payouts.console.web.books import READ
from payouts.holds.models import Hold
from payouts.ledger.models import Period
from payouts.payees.models import PayeeHold
from payouts.rails.registry import BALANCE_KINDS
from payouts.reconciliation import commands
from payouts.reconciliation.errors import ProviderNotReadable
from payouts.reconciliation.models import LIVE_STATES, Break
from payouts.reconciliation.queries import count_ages, find_last_run, get_break, list_differences
from payouts.reconciliation.rules import age_of, is_break

State = Break.State
ACTORS = ("finance.prepare", "finance.approve")

#: The state's word and tone.
WORDS = {
    State.OPEN: ("Open", "stop"),
    State.EXPLAINED: ("Explained", "run"),
    State.PROPOSED: ("To approve", "ask"),
    State.MATCHED: ("Matched", "done"),
    State.WRITTEN_OFF: ("Written off", "done"),
}
#: What the platform's balance on a rail is called.
BALANCE_NAMES = {"connect": "Stripe", "global": "Stripe, financial account"}
#: What is shown at most of what is on its way, and of a break's history.
_MOST = 50
#: Holds shown beside the figures; each list has a page of its own.
_FIRST = 5


@web.page(*READ)
def show_reconciliation(request: HttpRequest) -> HttpResponse:
    """Show how every currency stood at the last run, what is on its way, and the breaks."""
    web.refuse_unknown_filters(request, ["state"])
    return _render_all(request)


@web.page(*ACTORS, methods=("POST",))
def run_reconciliation(request: HttpRequest) -> HttpResponse:
    """Compare now; where the provider does not answer, the page says so."""
    try:
        runs = commands.reconcile_all(by=request.user.pk, now=clock.now())
    except ProviderNotReadable as error:
        return _render_all(request, refusal=error)
    fetched, matched = sum(run.fetched for run in runs), sum(run.matched for run in runs)
    opened = sum(run.breaks_opened for run in runs)
    words = f"Compared: {fetched} new transactions, {matched} matched, {opened} new breaks."
    return web.done(request, words, "finance:reconciliation")


def _render_all(request: HttpRequest, refusal: DomainError | None = None) -> HttpResponse:
    wanted, now = request.GET.get("state", ""), clock.now()
    rows = Break.objects.visible_to(request.user)
    rows = rows.filter(state=wanted) if wanted else rows.filter(state__in=LIVE_STATES)
    page = web.paginate(request, rows.order_by("since", "id"))
    runs = [run for run in map(find_last_run, BALANCE_KINDS) if run is not None]
    figures = [(BALANCE_NAMES[run.rail], row) for run in runs for row in run.figures.order_by("currency")]
    context = {
        "runs": runs,
        "figures": figures,
        "is_clean": not any(row.unexplained_minor for _, row in figures),
        "under_way": [row for row in list_differences() if not is_break(row.since, now)][:_MOST],
        "page": page,
        "rows": [(row, *WORDS[State(row.state)], age_of(row.since, row.ended_at or now)) for row in page],
        "ages": count_ages(now),
        "states": [(value, word) for value, (word, _) in WORDS.items()],
        "wanted": wanted,
        "may_act": any(has_grant(request.user, grant) for grant in ACTORS),
        "refusal": refusal,
        "unpaid": list_unpaid(now),
        "month": Period.objects.visible_to(request.user).unclosed().order_by("starts_on", "id").first(),
    } | _holds(request.user, now)
    return render(request, "finance/reconciliation.html", context, status=refusal.status if refusal else 200)


def _holds(user: Any, now: datetime) -> dict[str, Any]:
    """Return the holds that end first, on money and on people, and how many there are."""
    on_money = Hold.objects.visible_to(user).active().select_related("worker").order_by("ends_at", "id")
    on_people = PayeeHold.objects.visible_to(user).stopping(now).select_related("worker").order_by("ends_at", "id")
    return {
        "money_holds": on_money[:_FIRST],
        "money_holds_count": on_money.count(),
        "payee_holds": on_people[:_FIRST],
        "payee_holds_count": on_people.count(),
    }


@web.page(*READ)
def show_break(request: HttpRequest, break_id: UUID) -> HttpResponse:
    """Show one break with its history and what the viewer may decide."""
    return _render(request, get_break(request.user, break_id))


def _render(request: HttpRequest, row: Break, bound: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own = row.proposed_by_id == request.user.pk
    undecided = row.state in (State.OPEN, State.EXPLAINED)
    context: dict[str, Any] = {
        "row": row,
        "word": word,
        "tone": tone,
        "age": age_of(row.since, row.ended_at or clock.now()),
        "history": AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.id)).order_by(
            "-at", "-id"
        )[:_MOST],
        "is_own": is_own,
        "may_explain": row.state == State.OPEN and any(has_grant(request.user, grant) for grant in ACTORS),
        "may_propose": undecided and bool(row.amount_minor) and has_grant(request.user, "finance.prepare"),
        "may_decide": row.state == State.PROPOSED and not is_own and has_grant(request.user, "finance.approve"),
        "explanation_form": ExplanationForm(initial=initial),
        "write_off_form": WriteOffForm(initial=initial),
        "version_form": VersionForm(initial=initial),
        "reason_form": ReasonForm(initial=initial),
    }
    return render(request, "finance/break.html", context | (bound or {}), status=status)


_FORMS: dict[str, tuple[type[forms.Form], str, Callable[..., Break], str]] = {
    "explain": (ExplanationForm, "explanation_form", commands.explain_break, "It counts as explained."),
    "write-off": (
        WriteOffForm,
        "write_off_form",
        commands.propose_write_off,
        "It was proposed. Another person approves it.",
    ),
    "approve": (VersionForm, "version_form", commands.approve_write_off, "It was booked; the next run matches it."),
    "refuse": (ReasonForm, "reason_form", commands.refuse_write_off, "It was refused; the break is open again."),
}


@web.page(*READ, methods=("POST",))
def act_on_break(request: HttpRequest, break_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a break; a refusal is shown on its page."""
    row = get_break(request.user, break_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, break_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        return _render(request, get_break(request.user, break_id), {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "finance:break", row.id)
