"""Pages of statements: the list, and one whose lines lead to the work, the rate line and the approval."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import web
from payouts.statements.models import Statement
from payouts.statements.queries import document_of, find_correction, get_statement

_READERS = ("earnings.own", "finance.read", "audit.read")
_LINES_A_PAGE = 100


@web.page(*_READERS)
def list_statements(request: web.PageRequest) -> HttpResponse:
    """Show statements, newest first: one's own, or all for finance and auditors."""
    web.refuse_unknown_filters(request, [])
    rows = Statement.objects.visible_to(request.user).select_related("worker", "corrects", "correction")
    return render(request, "statements/list.html", {"page": web.paginate(request, rows.order_by("-number"))})


@web.page(*_READERS)
def show_statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Show one statement with its lines, each a way to what it was earned by."""
    web.refuse_unknown_filters(request, [])
    statement = get_statement(request.user, statement_id)
    document = document_of(statement)
    context = {
        "statement": statement,
        "correction": find_correction(statement),
        "document": document,
        "page": web.paginate(request, document.lines, size=_LINES_A_PAGE),
    }
    return render(request, "statements/statement.html", context)
