"""Pages of payouts, the journal, the trial balance and verification."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import NotFound
from common.money import Money
from common.verification import list_checks, run_checks
from payouts.console.forms import AsOfForm
from payouts.cycles.expectations import expect_payouts
from payouts.ledger.queries import find_entries, trial_balance
from payouts.transfers.models import Payout

READ = ("finance.read", "audit.read")

#: The word and tone of a payout's state.
PAYOUT_WORDS = {
    "RESERVED": ("Reserved", ""),
    "SUBMITTING": ("Being sent", "run"),
    "UNKNOWN": ("Unknown, looked up", "ask"),
    "TRANSFERRED": ("Transferred", "run"),
    "IN_TRANSIT": ("In transit to bank", "run"),
    "PAID": ("Paid", "done"),
    "FAILED": ("Failed, released", "stop"),
    "RETURNED": ("Returned by the bank", "stop"),
    "REVERSED": ("Reversed", "stop"),
    "HELD": ("Held", "ask"),
    "CANCELLED": ("Cancelled", "stop"),
}


@web.page(*READ)
def list_payouts(request: HttpRequest) -> HttpResponse:
    """Show all payouts, newest first."""
    web.refuse_unknown_filters(request, ["state", "cycle"])
    rows = Payout.objects.visible_to(request.user).select_related("worker").order_by("-created_at", "-id")
    state = request.GET.get("state", "")
    if state:
        rows = rows.filter(state=state)
    if request.GET.get("cycle"):
        rows = rows.filter(cycle_id=_uuid(request.GET["cycle"]))
    page = web.paginate(request, rows)
    expected = expect_payouts(list(page), now=clock.now())
    shown = [(payout, expected[payout.id], *PAYOUT_WORDS.get(payout.state, (payout.state, ""))) for payout in page]
    states = [(value, word) for value, (word, _) in PAYOUT_WORDS.items()]
    return render(request, "finance/payouts.html", {"page": page, "rows": shown, "state": state, "states": states})


@web.page(*READ)
def list_entries(request: HttpRequest) -> HttpResponse:
    """Show the journal, newest first."""
    web.refuse_unknown_filters(request, ["account", "source", "month"])
    wanted = {name: request.GET.get(name, "").strip() for name in ("account", "source", "month")}
    page = web.paginate(request, find_entries(**{name: value or None for name, value in wanted.items()}))
    return render(request, "finance/journal.html", {"page": page, "wanted": wanted})


@web.page(*READ)
def show_balances(request: HttpRequest) -> HttpResponse:
    """Show the trial balance of a day, platform accounts by name and all experts' accounts summed by kind."""
    web.refuse_unknown_filters(request, ["as_of"])
    form = AsOfForm(request.GET)
    as_of = form.cleaned_data["as_of"] if form.is_valid() else None
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in trial_balance(as_of=as_of):
        name = row.kind.replace("_", " ").capitalize() if row.code.startswith("expert:") else row.code
        for figures in (sums[row.currency, name, row.side], totals[row.currency]):
            figures[0] += row.debits_minor
            figures[1] += row.credits_minor
    accounts = [
        {
            "name": name,
            "debits": Money(debits, currency),
            "credits": Money(credits, currency),
            "balance": Money(debits - credits if side == "DEBIT" else credits - debits, currency),
        }
        for (currency, name, side), (debits, credits) in sorted(sums.items())
    ]
    proofs = [
        {"currency": currency, "debits": Money(debits, currency), "credits": Money(credits, currency)}
        for currency, (debits, credits) in sorted(totals.items())
    ]
    context = {"accounts": accounts, "proofs": proofs, "form": form, "as_of": as_of}
    return render(request, "finance/balances.html", context, status=web.form_status(form))


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def verify_books(request: HttpRequest) -> HttpResponse:
    """List what can be computed again; a POST computes it and shows each difference."""
    context: dict[str, Any] = {"names": list_checks()}
    if request.method == "POST":
        results = run_checks()
        context["results"] = results
        context["differences"] = sum(len(result.findings) for result in results)
    return render(request, "finance/verify.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
