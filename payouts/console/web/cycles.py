"""Pages of pay cycles: the list, one cycle, its progress, and what waits for an approval."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.core.paginator import Page
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.currencies import list_currency_codes
from common.errors import InvalidInput
from common.permissions import has_grant
from payouts.console.exceptions import KINDS, explain_exceptions, find_exceptions
from payouts.console.forms import ApprovalForm, DraftForm, ReasonForm, VersionForm
from payouts.console.funds import list_funds, list_owed
from payouts.console.web.books import PAYOUT_WORDS
from payouts.console.web.red_flags import flags_of, words_of
from payouts.cycles import commands
from payouts.cycles.changes import TELL_OVER_PERCENT, find_changes
from payouts.cycles.differences import Difference, changes_of_totals, difference_to_last
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.queries import (
    CycleTotals,
    find_latest_act,
    get_cycle,
    is_paid_by,
    needs_two_approvals,
    rails_of,
    totals_of_each,
)
from payouts.cycles.red_flags import UNPAID_STATES, count_red_flags
from payouts.rails.rules import RAIL_NAMES
from payouts.transfers.models import Payout

State = PayCycle.State
READ = ("finance.read", "audit.read")
#: Over how long the rate of an executing cycle is measured.
PACE_OVER = timedelta(minutes=1)
MOST_STOPPED = 50
#: Whose funds the page of a cycle shows.
FUNDED_STATES = (State.APPROVED, State.FUNDING, State.EXECUTING)
#: From which change of pay on people are told, in percent.
TELL_OVER = (10, 25, TELL_OVER_PERCENT, 100)

#: The state's word and tone, as every page of finance shows it.
WORDS = {
    State.DRAFT: ("Draft", ""),
    State.CALCULATED: ("Calculated", ""),
    State.SUBMITTED: ("To approve", "ask"),
    State.APPROVED: ("Approved", "run"),
    State.FUNDING: ("Waits for funds", "ask"),
    State.EXECUTING: ("Executing", "run"),
    State.COMPLETED: ("Completed", "done"),
    State.COMPLETED_WITH_EXCEPTIONS: ("Completed with exceptions", "done"),
    State.CANCELLED: ("Cancelled", "stop"),
}
PHASES = ("Calculated", "Submitted", "Approved", "Funded", "Executing", "Completed")
_PHASE_AT = {
    State.DRAFT: 0,
    State.CALCULATED: 1,
    State.SUBMITTED: 2,
    State.APPROVED: 3,
    State.FUNDING: 3,
    State.EXECUTING: 4,
    State.COMPLETED: 6,
    State.COMPLETED_WITH_EXCEPTIONS: 6,
    State.CANCELLED: 0,
}


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle as a list shows it."""

    cycle: PayCycle
    totals: CycleTotals
    difference: Difference | None
    word: str
    tone: str


def rows_of(cycles: Iterable[PayCycle]) -> list[CycleRow]:
    """Return cycles with their figures and the words for their states, in a fixed number of queries."""
    listed = list(cycles)
    totals = totals_of_each(listed)
    changes = changes_of_totals(listed, totals)
    return [CycleRow(row, totals[row.id], changes.get(row.id), *WORDS[State(row.state)]) for row in listed]


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def list_cycles(request: HttpRequest) -> HttpResponse:
    """Show all cycles, newest period first, and open a new one."""
    form = DraftForm(request.POST or None)
    if request.method == "POST":
        cycle = web.submit(form, commands.draft_cycle, by=request.user, now=clock.now())
        if cycle is not None:
            return web.done(request, "The cycle was opened. Calculate its lines next.", "finance:cycle", cycle.id)
    else:
        web.refuse_unknown_filters(request, ["state", "currency"])
    wanted = {
        name: request.GET[name] for name in ("state", "currency") if request.method != "POST" and request.GET.get(name)
    }
    cycles = PayCycle.objects.visible_to(request.user).filter(**wanted).order_by("-ends_at", "currency", "-id")
    page = web.paginate(request, cycles)
    context = {
        "page": page,
        "rows": rows_of(page),
        "form": form,
        "may_prepare": has_grant(request.user, "finance.prepare"),
        "states": [(value, word) for value, (word, _) in WORDS.items()],
        "wanted": wanted,
        "owed": list_owed(),
    }
    return render(request, "finance/cycles.html", context, status=web.form_status(form))


@web.page(*READ)
def show_cycle(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Show one cycle: totals, difference, exceptions, lines, and what the viewer may do next."""
    return _render_cycle(request, get_cycle(request.user, cycle_id))


def _render_cycle(
    request: HttpRequest, cycle: PayCycle, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    siblings = _siblings(request, cycle)
    row = next(each for each in siblings if each.cycle.id == cycle.id)
    lines = cycle.lines.select_related("worker", "conversion__from_rate", "conversion__to_rate")
    included = lines.filter(state=CycleLine.State.INCLUDED).order_by("-amount_minor", "id")
    page = web.paginate(request, included)
    rails = rails_of(list(page))
    context: dict[str, Any] = {
        "row": row,
        "difference": difference_to_last(cycle),
        "cycle": cycle,
        "siblings": siblings,
        "phases": PHASES,
        "at": _PHASE_AT[State(cycle.state)],
        "exceptions": lines.exclude(state=CycleLine.State.INCLUDED).order_by("-amount_minor", "id")[:50],
        "page": page,
        "lines": [(line, RAIL_NAMES.get(rails.get(line.id, ""), "")) for line in page],
        "trail": _trail(cycle, row.totals),
        "two_approvals": cycle.submitted_at and (cycle.first_checker_id or needs_two_approvals(cycle, row.totals)),
        "can": _verbs(request.user, cycle),
        "waits": _why_it_waits(request.user, cycle),
        "latest": find_latest_act(cycle),
        "payout_states": _payout_states(cycle),
        "stopped": _stopped_payouts(request, cycle),
        "shows_funds": cycle.state in FUNDED_STATES,
        "changes": find_changes(cycle, over_percent=_over_percent(request)),
        "thresholds": TELL_OVER,
        "flags": flags_of(cycle) if cycle.state in UNPAID_STATES else None,
    }
    initial = {"expected_version": cycle.version}
    context["version_form"] = VersionForm(initial=initial)
    context["approval_form"] = ApprovalForm(initial=initial)
    context["reason_form"] = ReasonForm(initial=initial)
    return render(request, "finance/cycle.html", context | (forms or {}), status=status)


def _stopped_payouts(request: HttpRequest, cycle: PayCycle) -> list[Any]:
    """Return the cycle's payouts that did not go their way, each with its next step."""
    now = clock.now()
    rows = find_exceptions(request.user, now=now, cycle_id=cycle.id)[:MOST_STOPPED]
    return [(row, KINDS[row.kind], *PAYOUT_WORDS[row.payout.state]) for row in explain_exceptions(list(rows), now=now)]


def _over_percent(request: HttpRequest) -> int:
    """Return from which change on the viewer wants people told; what is not offered counts as not said."""
    wanted = request.GET.get("over", "")
    return int(wanted) if wanted in map(str, TELL_OVER) else TELL_OVER_PERCENT


def _siblings(request: HttpRequest, cycle: PayCycle) -> list[CycleRow]:
    same = PayCycle.objects.visible_to(request.user).filter(
        starts_at=cycle.starts_at, ends_at=cycle.ends_at, kind=cycle.kind
    )
    return rows_of(same.order_by("currency", "-id"))


def _verbs(user: Any, cycle: PayCycle) -> dict[str, bool]:
    """Say which buttons the viewer is offered; the commands decide again."""
    prepares, approves = has_grant(user, "finance.prepare"), has_grant(user, "finance.approve")
    state = cycle.state
    return {
        "calculate": prepares and state in (State.DRAFT, State.CALCULATED),
        "submit": prepares and state == State.CALCULATED and cycle.maker_id == user.pk,
        "approve": approves
        and state == State.SUBMITTED
        and user.pk not in (cycle.maker_id, cycle.first_checker_id)
        and not is_paid_by(cycle, user),
        "send_back": (approves or prepares) and state == State.SUBMITTED,
        "pay": prepares and state in (State.APPROVED, State.FUNDING),
        "cancel": prepares and state in (State.DRAFT, State.CALCULATED, State.SUBMITTED, State.APPROVED, State.FUNDING),
    }


def _why_it_waits(user: Any, cycle: PayCycle) -> str:
    """Say whose step is next where it is not the viewer's; empty where they have a button or nobody has a step."""
    prepares, approves = has_grant(user, "finance.prepare"), has_grant(user, "finance.approve")
    if cycle.state == State.CALCULATED and cycle.maker_id != user.pk:
        return f"{cycle.maker.get_full_name()} calculated these lines and submits them."
    if cycle.state == State.SUBMITTED and cycle.maker_id == user.pk:
        return "You prepared this cycle, so you cannot approve it: another person does."
    if cycle.state == State.SUBMITTED and cycle.first_checker_id == user.pk:
        return "You gave the first approval; somebody else gives the second."
    if cycle.state == State.SUBMITTED and approves:
        return "This cycle pays you, so you cannot approve it: another person does." if is_paid_by(cycle, user) else ""
    if cycle.state == State.SUBMITTED:
        return "A finance approver looks at it next."
    if cycle.state in (State.APPROVED, State.FUNDING) and not prepares:
        return "Whoever prepares cycles pays it next."
    return ""


def _trail(cycle: PayCycle, totals: CycleTotals) -> list[dict[str, Any]]:
    maker = cycle.maker.get_full_name()
    checker = cycle.checker.get_full_name() if cycle.checker else "Somebody who did not prepare it"
    approvals = [("Approved by another person", cycle.approved_at, checker)]
    if cycle.first_checker or (cycle.state == State.SUBMITTED and needs_two_approvals(cycle, totals)):
        first = cycle.first_checker.get_full_name() if cycle.first_checker else "Somebody who did not prepare it"
        second = cycle.checker.get_full_name() if cycle.checker else "A third person"
        approvals = [("First approval", cycle.first_approved_at, first), ("Second approval", cycle.approved_at, second)]
    steps = (
        ("Prepared", cycle.created_at, maker),
        ("Submitted", cycle.submitted_at, maker),
        *approvals,
        ("Carried out", cycle.executed_at, ""),
        ("Completed", cycle.completed_at, ""),
    )
    reached = [bool(when) for _, when, _ in steps]
    following = reached.index(False) if False in reached else len(steps)
    return [
        {
            "title": title,
            "when": when,
            "who": who if when or position == following else "",
            "status": "" if when else ("now" if position == following else "todo"),
        }
        for position, (title, when, who) in enumerate(steps)
    ]


def _pace_of(cycle: PayCycle, waiting: int, now: datetime) -> tuple[str, str]:
    """Return in words how many payouts were accepted over the last minute, and how long the rest takes at that rate."""
    accepted = Payout.objects.filter(cycle_id=cycle.id, transferred_at__gt=now - PACE_OVER).count()
    started = cycle.executed_at or now
    seconds = max(1.0, min(PACE_OVER, now - started).total_seconds())
    rate = accepted / seconds
    if not rate or not waiting:
        return "", ""
    left_s = waiting / rate
    words = f"{rate:.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"
    return words, "less than a minute left" if left_s < 60 else f"about {ceil(left_s / 60)} min left"


def _payout_states(cycle: PayCycle) -> dict[str, int]:
    counted = Payout.objects.filter(cycle_id=cycle.id).values_list("state").annotate(n=Count("id")).order_by("state")
    return dict(counted)


def progress_of(cycle: PayCycle, now: datetime) -> dict[str, Any]:
    """Return how far an executing cycle is: payouts by what happens to them, the rate of the last minute and the time left."""
    counts = _payout_states(cycle)
    whole = sum(counts.values())
    waiting = counts.get("RESERVED", 0) + counts.get("SUBMITTING", 0)
    unknown = counts.get("UNKNOWN", 0)
    figures = (
        ("Reserved, to send", waiting),
        ("Transferred", counts.get("TRANSFERRED", 0)),
        ("In transit to bank", counts.get("IN_TRANSIT", 0)),
        ("Paid", counts.get("PAID", 0)),
        ("Unknown, looked up", unknown),
        ("Failed, released", sum(counts.get(s, 0) for s in ("FAILED", "RETURNED", "REVERSED", "CANCELLED"))),
    )
    runs = cycle.state == State.EXECUTING
    rate, left = _pace_of(cycle, waiting, now) if runs else ("", "")
    return {
        "done": whole - waiting - unknown,
        "whole": whole,
        "figures": figures,
        "runs": runs,
        "rate": rate,
        "left": left,
    }


@web.page(*READ)
def show_progress(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Show how far a cycle is; asked every two seconds while it is executed. At its end the whole page is loaded again."""
    web.refuse_unknown_filters(request, ["was"])
    cycle = get_cycle(request.user, cycle_id)
    answer = render(request, "finance/_progress.html", {"cycle": cycle, "progress": progress_of(cycle, clock.now())})
    if request.GET.get("was", cycle.state) != cycle.state:
        answer["HX-Refresh"] = "true"
    return answer


_FORMS: dict[str, tuple[type[VersionForm], str, Callable[..., PayCycle], str]] = {
    "calculate": (VersionForm, "version_form", commands.calculate, "The lines were calculated."),
    "submit": (VersionForm, "version_form", commands.submit, "The cycle waits for another person's approval."),
    "approve": (ApprovalForm, "approval_form", commands.approve, "Exactly these lines are approved."),
    "send-back": (ReasonForm, "reason_form", commands.send_back, "The cycle went back to its maker."),
    "cancel": (ReasonForm, "reason_form", commands.cancel, "The cycle was cancelled; its earnings are free again."),
    "pay": (VersionForm, "version_form", commands.execute, "The cycle is being carried out."),
}


@web.page(*READ, methods=("POST",))
def act_on_cycle(request: HttpRequest, cycle_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a cycle; a refusal is shown on the cycle's page."""
    cycle = get_cycle(request.user, cycle_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, cycle_id=cycle.id, by=request.user, now=clock.now())
    if moved is None:
        cycle.refresh_from_db()
        return _render_cycle(request, cycle, {name: form}, status=web.form_status(form))
    if verb == "approve" and moved.state == State.SUBMITTED:
        sentence = "Your approval is the first of two: the total is above the limit. Somebody else gives the second."
    if moved.state == State.FUNDING:
        sentence = "The balance does not cover the cycle yet. A top-up is on its way; it goes on by itself."
    return web.done(request, sentence, "finance:cycle", cycle.id)


@web.page("finance.approve")
def list_approvals(request: HttpRequest) -> HttpResponse:
    """Show what waits for the viewer's approval, and what they prepared themselves and others must approve."""
    waiting = PayCycle.objects.visible_to(request.user).filter(state=State.SUBMITTED).order_by("submitted_at", "id")
    done = Q(maker_id=request.user.pk) | Q(first_checker_id=request.user.pk)
    page: Page[Any] = web.paginate(request, waiting.exclude(done))
    own = rows_of(waiting.filter(maker_id=request.user.pk)[:50])
    counts = count_red_flags(page)
    rows = [(row, counts[row.cycle.id].lines, words_of(counts[row.cycle.id])) for row in rows_of(page)]
    return render(request, "finance/approvals.html", {"page": page, "rows": rows, "own": own})


@web.page(*READ)
def show_funds(request: HttpRequest) -> HttpResponse:
    """Show the balances at the provider against what is to be paid, in one currency or all; asked again while a page is open."""
    web.refuse_unknown_filters(request, ["currency"])
    currency = request.GET.get("currency", "")
    if currency and currency not in list_currency_codes():
        raise InvalidInput.of("/currency", f"There is no currency {currency[:10]}.", code="unknown")
    return render(request, "finance/_funds.html", {"funds": list_funds(currency), "currency": currency})


@web.page(*READ)
def show_finance(request: HttpRequest) -> HttpResponse:
    """Bring the viewer to the cycles."""
    return redirect("finance:cycles")
