"""An expert's earnings: every line, and its way from the work to the bank."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from common import clock, web
from common.charts import Chart, earnings_chart
from common.formats import current_locale, format_hours, format_number, format_time
from common.money import Money
from marketplace.portal.queries.earnings import CurrencyEarnings, Source, find_source, list_currency_earnings
from marketplace.timesheets.models import TimeEntry
from payouts.facade import (
    EarningTrace,
    PayoutView,
    StatementView,
    find_payee,
    list_debts,
    list_earnings,
    list_failed_payouts,
    list_holds,
    list_payouts,
    list_statements,
    trace_earning,
)

MOST_LINES = 2000
LATEST_PAYOUTS = 12
STATES = {
    "APPROVED": ("Approved", ""),
    "IN_CYCLE": ("In cycle", "run"),
    "PAID": ("Paid", "done"),
    "HELD": ("Held", "ask"),
    "REVERSED": ("Taken back", "stop"),
}
UNITS = {"HOUR": "per hour", "TASK": "per submitted task", "ACCEPTED_TASK": "per accepted task"}


@web.page("earnings.own")
def list_lines(request: web.PageRequest) -> HttpResponse:
    """List one's earnings with where each stands, and one's payouts."""
    web.refuse_unknown_filters(request, ["state"])
    rows = list_earnings(worker_id=request.user.pk, limit=MOST_LINES)
    wanted = request.GET.get("state", "")
    shown = [row for row in rows if not wanted or row.state == wanted]
    now = clock.now()
    currencies = list_currency_earnings(request.user, zone=timezone.get_current_timezone(), now=now)
    context = {
        "page": web.paginate(request, [(row, *STATES[row.state]) for row in shown]),
        "wanted": wanted,
        "states": [(state, word) for state, (word, _) in STATES.items()],
        "currencies": [(row, chart_of(row)) for row in currencies],
        "payouts": _payouts_of(request.user),
        "failed": list_failed_payouts(worker_id=request.user.pk, now=now),
        "payee": find_payee(worker_id=request.user.pk),
        "holds": list_holds(worker_id=request.user.pk),
        "debts": list_debts(worker_id=request.user.pk),
    }
    return render(request, "portal/earnings.html", context)


def _payouts_of(user: Any) -> list[tuple[PayoutView, list[StatementView]]]:
    """Return one's latest payouts, each with its statement once it is paid, and the correcting one if it came back."""
    payouts = list_payouts(worker_id=user.pk, limit=LATEST_PAYOUTS)
    statements = list_statements(worker_id=user.pk, limit=4 * LATEST_PAYOUTS)[::-1]
    return [(payout, [row for row in statements if row.payout_id == payout.id]) for payout in payouts]


def chart_of(row: CurrencyEarnings) -> Chart:
    """Return the stacked weeks of one currency."""
    return earnings_chart(
        id=f"earnings-{row.currency.lower()}",
        label=f"Earnings in {row.currency} by week and state",
        currency=row.currency,
        labels=[format_time(week, "date") for week in row.weeks],
        amounts_minor=row.series,
    )


@web.page("earnings.own")
def show_earning(request: web.PageRequest, earning_id: UUID) -> HttpResponse:
    """Show where an earning comes from and where its money is."""
    trace = trace_earning(request.user, earning_id)
    source = find_source(trace.earning.source_key, trace.earning.rate_line_key)
    word, tone = STATES[trace.earning.state]
    siblings = list_earnings(worker_id=trace.earning.worker_id, limit=MOST_LINES) if trace.earning.payout_id else []
    context = {
        "earning": trace.earning,
        "trace": trace,
        "word": word,
        "tone": tone,
        "steps": [*_work_steps(trace, source), *_money_steps(trace)],
        "siblings": [row for row in siblings if row.payout_id == trace.earning.payout_id],
    }
    return render(request, "portal/earning.html", context)


def _work_steps(trace: EarningTrace, source: Source) -> list[dict[str, Any]]:
    earning = trace.earning
    steps = [_source_step(trace, source)]
    facts = [
        ("Price", f"{_shown(earning.rate)} {UNITS.get(earning.unit, earning.unit.lower())}"),
        (
            "Sum",
            f"{format_number(float(earning.quantity), decimals=2)} × {_shown(earning.rate)} = {_shown(earning.amount)}",
        ),
    ]
    step: dict[str, Any] = {
        "title": f"Rate line, {_shown(earning.rate)} {UNITS.get(earning.unit, '')}".rstrip(),
        "facts": facts,
    }
    if source.rate_line is not None:
        step["when"] = source.rate_line.effective.lower
        step["who"] = f"in force since then · {source.rate_line.opening.title}"
    steps.append(step)
    steps.append(_approval_step(trace, source))
    return steps


def _shown(money: Money) -> str:
    return money.format(str(current_locale()))


def _source_step(trace: EarningTrace, source: Source) -> dict[str, Any]:
    earning = trace.earning
    if source.entry is not None:
        entry = source.entry
        told = f"{source.event_count} reports of the timer." if source.event_count else f"By hand: {entry.reason}"
        seconds = (earning.worked_to - earning.worked_from).total_seconds()
        return {
            "title": f"Time entry, {format_hours(seconds)}",
            "when": entry.starts_at,
            "who": f"until {format_time(entry.ends_at, 'time') if entry.ends_at else ''}, {entry.zone}",
            "text": f"{entry.engagement.opening.project.name}. {told}",
            "url": _sheet_of(entry),
            "url_label": "The week of this entry",
        }
    if source.submission is not None:
        row = source.submission
        return {
            "title": f"Work handed in: {row.claim.task.external_id}",
            "when": row.submitted_at,
            "who": "by you" if row.claim.expert_user_id == earning.worker_id else "",
            "text": f"{row.claim.project.name}, version {row.number}. Claimed {format_time(row.claim.claimed_at)}.",
            "url": reverse("work:claim", args=[row.claim_id]),
            "url_label": "The work",
        }
    return {"title": earning.description, "when": earning.worked_from}


def _sheet_of(entry: TimeEntry) -> str:
    day = entry.starts_at.astimezone(ZoneInfo(entry.engagement.timezone)).date()
    return f"{reverse('timesheets:week')}?{urlencode({'engagement': entry.engagement_id, 'week': day.isoformat()})}"


def _approval_step(trace: EarningTrace, source: Source) -> dict[str, Any]:
    if source.decision is not None:
        decision = source.decision
        full = decision.decision == "APPROVE"
        return {
            "title": "Approved in full" if full else f"Approved: {format_hours(decision.approved_seconds)}",
            "when": decision.decided_at,
            "who": decision.decided_by.get_full_name(),
            "text": "" if full else f"The rest was cut: {decision.reason_text}",
        }
    if source.review is not None and source.submission is not None:
        where = source.submission.claim.project.organization.name
        return {"title": "Accepted", "when": source.review.decided_at, "who": f"a reviewer of {where}"}
    return {"title": "Approved", "when": trace.earning.posted_at}


def _money_steps(trace: EarningTrace) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if trace.entry is not None:
        facts = [("From", "Expense of work"), ("To", "You, payable"), ("Amount", _shown(trace.earning.amount))]
        facts += [("Entry", str(trace.entry.id)), ("Seal", trace.entry.sha256[:16])]
        who = "in the same step as the approval"
        steps.append({"title": "Ledger entry", "when": trace.entry.posted_at, "who": who, "facts": facts})
    if trace.reversal is not None:
        text = trace.reversal.reason_text
        return [*steps, {"title": "Taken back", "when": trace.reversal.at, "text": text, "status": "now"}]
    return [*steps, *_payment_steps(trace)]


def _payment_steps(trace: EarningTrace) -> list[dict[str, Any]]:
    cycle, payout = trace.cycle, trace.payout
    if cycle is None:
        return [_waiting_step(trace), {"title": "Paid", "when": "When the bank confirms.", "status": "todo"}]
    words = f"What was approved up to {format_time(cycle.last_day, 'day')}."
    approved = cycle.approved_at is not None
    who = "prepared by one person and approved by another" if approved else "waits for a second person’s approval"
    steps: list[dict[str, Any]] = [
        {"title": "Pay cycle", "when": cycle.approved_at or "", "who": who, "text": words}
        | ({} if approved else {"status": "now"})
    ]
    expected = trace.earning.expected.words
    if payout is None:
        return [*steps, {"title": "Payout", "when": expected, "status": "todo"}]
    paid = payout.paid_at is not None
    steps.append(
        {
            "title": f"Payout of {_shown(payout.amount)}",
            "when": payout.transferred_at or "Not sent yet",
            "text": "This line is a part of it.",
        }
        | ({} if payout.transferred_at else {"status": "now"})
    )
    bank: dict[str, Any] = {"title": "Paid" if paid else "Bank", "when": payout.paid_at or expected}
    if not paid:
        bank["status"] = "now" if payout.transferred_at else "todo"
    if trace.statement is not None:
        bank |= {
            "url": reverse("api-statement-pdf", args=[trace.statement.id]),
            "url_label": f"Statement {trace.statement.reference}",
        }
    return [*steps, bank]


def _waiting_step(trace: EarningTrace) -> dict[str, Any]:
    """Return what an earning that no cycle holds waits for, and where its expert can do something about it."""
    expected = trace.earning.expected
    step: dict[str, Any] = {"title": "Pay cycle", "text": expected.words, "status": "now"}
    if expected.hold_id:
        return step | {
            "url": reverse("portal:hold", args=[expected.hold_id]),
            "url_label": "What it is for, and appeal",
        }
    if expected.step:
        return step | {"url": reverse("portal:payout_method"), "url_label": "Your payout method"}
    return step
