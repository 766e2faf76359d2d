"""Pages of clients' money: accounts, charges, invoices, and a proposal with its decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import NotFound
from common.forms import StrictForm
from common.permissions import has_grant
from payouts.clients import commands
from payouts.clients.forms import (
    AccountForm,
    CreditForm,
    DecisionForm,
    InvoiceForm,
    MovementForm,
    RejectionForm,
    TermsForm,
)
from payouts.clients.models import ClientAccount, ClientMovement, Invoice, Proposal
from payouts.clients.queries import (
    PROPOSALS,
    find_terms,
    find_uncharged,
    find_usage,
    get_account,
    get_funds,
    get_invoice,
    get_proposal,
    list_ageing,
    list_funds,
    list_lines,
    list_standings,
    list_waiting,
    sum_usage,
)
from payouts.clients.rules import AGES

_FINANCE = ("finance.read", "audit.read")
_READERS = ("billing.read", *_FINANCE)
State = Proposal.State

#: The state's word and tone.
WORDS = {
    State.PROPOSED: ("To decide", "ask"),
    State.APPROVED: ("Approved", "done"),
    State.REJECTED: ("Rejected", "stop"),
    State.WITHDRAWN: ("Withdrawn", ""),
}
#: The word and tone of an invoice's standing.
STANDING_WORDS = {
    "DRAFT": ("To decide", "ask"),
    "DISCARDED": ("Discarded", ""),
    "ISSUED": ("Issued", "run"),
    "PARTLY_PAID": ("Partly paid", "run"),
    "PAID": ("Paid", "done"),
    "CREDITED": ("Credited", "stop"),
}
_PROPOSE: dict[str, tuple[type[Any], Callable[..., Any]]] = {
    "movement": (MovementForm, commands.propose_movement),
    "terms": (TermsForm, commands.propose_terms),
    "invoice": (InvoiceForm, commands.draft_invoice),
}
_DECIDE: dict[str, tuple[type[DecisionForm], str, Callable[..., Proposal], str]] = {
    "approve": (DecisionForm, "version_form", commands.approve_proposal, "It was approved."),
    "reject": (RejectionForm, "reason_form", commands.reject_proposal, "It was rejected; nothing was booked."),
    "withdraw": (DecisionForm, "version_form", commands.withdraw_proposal, "You took it back."),
}


@web.page(*_FINANCE, methods=("GET", "HEAD", "POST"))
def list_accounts(request: HttpRequest) -> HttpResponse:
    """Show all accounts with what each has and what waits for a decision, and open a new one."""
    form = AccountForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.open_account, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "The account is open.", "clients:account", row.id)
    else:
        web.refuse_unknown_filters(request, [])
    accounts = ClientAccount.objects.visible_to(request.user).order_by("billing_name", "id")
    page = web.paginate(request, accounts)
    context = {
        "page": page,
        "rows": list_funds(page.object_list),
        "waiting": list_waiting(request.user),
        "form": form,
        "may_propose": has_grant(request.user, "finance.prepare"),
    }
    return render(request, "clients/list.html", context, status=web.form_status(form))


@web.page(*_READERS)
def show_billing(request: HttpRequest) -> HttpResponse:
    """Show the accounts of one's own organizations; a single one at once."""
    web.refuse_unknown_filters(request, [])
    rows = ClientAccount.objects.visible_to(request.user).order_by("billing_name", "id")
    page = web.paginate(request, rows)
    if len(page) == 1 and page.paginator.num_pages == 1:
        return redirect("clients:account", page[0].id)
    return render(request, "clients/billing.html", {"page": page, "rows": list_funds(page.object_list)})


@web.page(*_READERS)
def show_account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Show what one account has, its terms and its transfers."""
    web.refuse_unknown_filters(request, [])
    return _render_account(request, get_account(request.user, account_id))


def _render_account(
    request: HttpRequest, account: ClientAccount, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    may_propose = has_grant(request.user, "finance.prepare")
    movements = ClientMovement.objects.visible_to(request.user).filter(account=account).order_by("-id")
    page = web.paginate(request, movements)
    is_finance = any(has_grant(request.user, grant) for grant in _FINANCE)
    context = {
        "account": account,
        "funds": get_funds(account),
        "terms": find_terms(account.id),
        "page": page,
        "rows": [(row, *WORDS[State(row.state)]) for row in page],
        "waiting": list_waiting(request.user, account),
        "may_propose": may_propose,
        "is_finance": is_finance,
        "movement_form": MovementForm(account=account),
        "terms_form": TermsForm(account=account),
        "invoice_form": InvoiceForm(account=account),
    }
    return render(request, "clients/account.html", context | (forms or {}), status=status)


@web.page(*_READERS)
def show_usage(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Show what one account was charged: the sums of each project, and every charge."""
    web.refuse_unknown_filters(request, [])
    account = get_account(request.user, account_id)
    rows = find_usage(request.user, account)
    is_finance = any(has_grant(request.user, grant) for grant in _FINANCE)
    context = {
        "account": account,
        "sums": sum_usage(rows, account.currency),
        "uncharged_count": find_uncharged(account.client_id).count() if is_finance else 0,
        "page": web.paginate(request, rows.order_by("-id")),
    }
    return render(request, "clients/usage.html", context)


@web.page(*_READERS)
def list_invoices(request: HttpRequest) -> HttpResponse:
    """Show invoices, newest first, and what is open by how long it is overdue."""
    web.refuse_unknown_filters(request, [])
    page = web.paginate(request, Invoice.objects.visible_to(request.user).select_related("account").order_by("-id"))
    context = {
        "page": page,
        "rows": [(standing, *STANDING_WORDS[standing.code]) for standing in list_standings(page.object_list)],
        "ageing": list_ageing(request.user, clock.now().date()),
        "ages": AGES,
    }
    return render(request, "clients/invoices.html", context)


@web.page(*_READERS)
def show_invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Show one invoice with its lines."""
    web.refuse_unknown_filters(request, [])
    return _render_invoice(request, get_invoice(request.user, invoice_id), CreditForm())


def _render_invoice(request: HttpRequest, invoice: Invoice, form: CreditForm) -> HttpResponse:
    (standing,) = list_standings([invoice])
    word, tone = STANDING_WORDS[standing.code]
    context = {
        "invoice": invoice,
        "standing": standing,
        "word": word,
        "tone": tone,
        "page": web.paginate(request, list_lines(invoice), size=100),
        "is_finance": any(has_grant(request.user, grant) for grant in _FINANCE),
        "may_credit": has_grant(request.user, "finance.prepare") and standing.code in ("ISSUED", "PARTLY_PAID", "PAID"),
        "form": form,
    }
    return render(request, "clients/invoice.html", context, status=web.form_status(form))


@web.page("finance.prepare", methods=("POST",))
def credit(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Propose a credit note; a refusal is shown on the invoice's page."""
    invoice = get_invoice(request.user, invoice_id)
    form = CreditForm(request.POST)
    row = web.submit(form, commands.propose_credit_note, invoice_id=invoice.id, by=request.user, now=clock.now())
    if row is None:
        return _render_invoice(request, invoice, form)
    return web.done(request, "It was proposed. Another person decides it.", "clients:proposal", "credit_note", row.id)


@web.page("finance.prepare", methods=("POST",))
def propose(request: HttpRequest, account_id: UUID, kind: str) -> HttpResponse:
    """Propose a transfer or terms; a refusal is shown on the account's page."""
    account = get_account(request.user, account_id)
    form_class, command = _PROPOSE[kind]
    form: StrictForm = form_class(request.POST, account=account)
    row = web.submit(form, command, account_id=account.id, by=request.user, now=clock.now())
    if row is None:
        return _render_account(request, account, {f"{kind}_form": form}, status=web.form_status(form))
    return web.done(request, "It was proposed. Another person decides it.", "clients:proposal", kind, row.id)


@web.page(*_FINANCE)
def show_proposal(request: HttpRequest, kind: str, proposal_id: UUID) -> HttpResponse:
    """Show one proposal and what the viewer may decide."""
    web.refuse_unknown_filters(request, [])
    return _render_proposal(request, kind, _find(request, kind, proposal_id))


def _find(request: HttpRequest, kind: str, proposal_id: UUID) -> Proposal:
    if kind not in PROPOSALS:
        raise NotFound
    return get_proposal(request.user, kind, proposal_id)


def _render_proposal(
    request: HttpRequest, kind: str, row: Proposal, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    is_own = row.proposed_by_id == request.user.pk
    is_open = row.state == State.PROPOSED
    initial = {"expected_version": row.version}
    context = {
        "kind": kind,
        "row": row,
        "word": word,
        "tone": tone,
        "may_decide": is_open and not is_own and has_grant(request.user, "finance.approve"),
        "may_withdraw": is_open and is_own and has_grant(request.user, "finance.prepare"),
        "is_own": is_open and is_own,
        "version_form": DecisionForm(initial=initial),
        "reason_form": RejectionForm(initial=initial),
    }
    return render(request, "clients/proposal.html", context | (forms or {}), status=status)


@web.page(*_FINANCE, methods=("POST",))
def decide(request: HttpRequest, kind: str, proposal_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a proposal; a refusal is shown on its page."""
    row = _find(request, kind, proposal_id)
    form_class, name, command, sentence = _DECIDE[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, kind=kind, proposal_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row = _find(request, kind, proposal_id)
        return _render_proposal(request, kind, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "clients:proposal", kind, row.id)
