"""Pages of files of adjustments: the list with a form to send one, and one file with its rows and its decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import FieldProblem
from common.permissions import has_grant
from payouts.adjustments import commands
from payouts.adjustments.errors import InvalidImport
from payouts.adjustments.imports import COLUMNS
from payouts.adjustments.models import AdjustmentImport
from payouts.adjustments.queries import get_import
from payouts.console.forms import AdjustmentImportForm, ReasonForm, VersionForm
from payouts.console.web.adjustments import READ, WORDS

State = AdjustmentImport.State


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def list_imports(request: HttpRequest) -> HttpResponse:
    """Show all files, newest first, and take a new one; what is wrong with its rows is listed by line."""
    form = AdjustmentImportForm(request.POST or None, request.FILES or None)
    bad_rows: Sequence[tuple[str, str, str]] = ()
    if request.method == "POST":
        try:
            found = web.submit(form, _import, by=request.user)
        except _BadRows as refused:
            found, bad_rows = None, refused.rows
            form.add_error("file", refused.detail)
        if found is not None:
            sentence = "It was proposed. Another person decides it." if found[1] else "This file was here before."
            return web.done(request, sentence, "finance:adjustment_import", found[0].id)
    else:
        web.refuse_unknown_filters(request, [])
    rows = AdjustmentImport.objects.visible_to(request.user).select_related("proposed_by")
    page = web.paginate(request, rows.order_by("-proposed_at", "-id"))
    context = {
        "page": page,
        "rows": [(row, *WORDS[row.state]) for row in page],
        "form": form,
        "bad_rows": bad_rows,
        "columns": COLUMNS,
        "may_propose": has_grant(request.user, "finance.prepare"),
    }
    return render(request, "finance/adjustment_imports.html", context, status=web.form_status(form))


class _BadRows(Exception):
    """Rows of a sent file are bad: (line, column, what is wrong)."""

    def __init__(self, refused: InvalidImport) -> None:
        super().__init__(refused.detail)
        self.detail = refused.detail
        self.rows = [_place(problem) for problem in refused.problems]


def _place(problem: FieldProblem) -> tuple[str, str, str]:
    _, _, line, column = f"{problem.pointer}//".split("/")[:4]
    return line, column, problem.detail


def _import(*, file: Any, control_total: Any, by: Any) -> tuple[AdjustmentImport, bool]:
    try:
        return commands.import_adjustments(
            file_name=file.name, data=file.read(), control_total=control_total, by=by, now=clock.now()
        )
    except InvalidImport as refused:
        if refused.problems and refused.problems[0].pointer.startswith("/rows/"):
            raise _BadRows(refused) from refused
        raise


@web.page(*READ)
def show_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show one file with its rows and what the viewer may decide."""
    web.refuse_unknown_filters(request, [])
    return _render(request, get_import(request.user, import_id))


def _render(
    request: HttpRequest, row: AdjustmentImport, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own, is_open = row.proposed_by_id == request.user.pk, row.state == State.PROPOSED
    is_for_them = row.adjustments.filter(worker_id=request.user.pk).exists()
    context = {
        "row": row,
        "word": word,
        "tone": tone,
        "page": web.paginate(request, row.adjustments.select_related("worker").order_by("id")),
        "may_decide": is_open and has_grant(request.user, "finance.approve") and not is_own and not is_for_them,
        "may_withdraw": is_open and is_own and has_grant(request.user, "finance.prepare"),
        "is_own": is_open and is_own,
        "version_form": VersionForm(initial=initial),
        "reason_form": ReasonForm(initial=initial),
    }
    return render(request, "finance/adjustment_import.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[VersionForm], str, Callable[..., AdjustmentImport], str]] = {
    "approve": (VersionForm, "version_form", commands.approve_import, "It was approved, and every row was booked."),
    "reject": (ReasonForm, "reason_form", commands.reject_import, "It was rejected; nothing was booked."),
    "withdraw": (VersionForm, "version_form", commands.withdraw_import, "You took it back."),
}


@web.page(*READ, methods=("POST",))
def act_on_import(request: HttpRequest, import_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a file; a refusal is shown on its page."""
    row = get_import(request.user, import_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, import_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row.refresh_from_db()
        return _render(request, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "finance:adjustment_import", row.id)
