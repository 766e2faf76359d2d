"""Pages for managers: batches, their progress, and importing a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import Conflict
from common.permissions import has_grant, require_grant
from common.spreadsheets import csv_text
from marketplace.projects.queries import get_managed_project
from marketplace.work import commands, queries
from marketplace.work.forms import ImportForm
from marketplace.work.models import Claim

READ, IMPORT = "work.read", "work.import"
SHOWN_BAD_ROWS = 100
MOST_PROJECTS = 200
# Kinds of tasks whose answers are classes, so that several people's can be put together.
WITH_ANSWERS = ("categorical", "pairwise")
_MOVES = {"IN_PROGRESS": "resumed", "PAUSED": "paused", "CANCELLED": "cancelled"}


@web.page(READ)
def list_batches(request: web.PageRequest) -> HttpResponse:
    """List the batches of one's organizations with their progress, the latest first, and where to import."""
    web.refuse_unknown_filters(request, ())
    context = {
        "page": web.paginate(request, queries.list_batches_with_progress(request.user)),
        "projects": queries.list_projects_to_import(request.user)[:MOST_PROJECTS],
    }
    return render(request, "work/batches.html", context)


@web.page(READ)
def show_batch(request: web.PageRequest, batch_id: UUID) -> HttpResponse:
    """Show one batch: how far it is, its tasks, and its results to take away."""
    web.refuse_unknown_filters(request, ())
    batch = queries.get_batch(request.user, batch_id)
    counts = queries.count_claims(batch)
    page = web.paginate(request, batch.tasks.select_related("repeats").order_by("id"))
    has_answers = batch.project.task_kind in WITH_ANSWERS
    answers = queries.find_answers(page) if has_answers else [None] * len(page)
    context = {
        "batch": batch,
        "progress": queries.measure_progress(batch),
        "counts": [(label, counts.get(value, 0)) for value, label in Claim.State.choices],
        "page": page,
        "outcomes": queries.count_outcomes(batch),
        "rows": list(zip(page, answers, strict=True)),
        "has_answers": has_answers,
        "is_pairwise": batch.project.task_kind == "pairwise",
        "may_move": has_grant(request.user, IMPORT, tenant=batch.project.organization_id),
    }
    return render(request, "work/batch.html", context)


@web.page(READ)
def show_ranking(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Show what a project's pairwise tasks compare, the best first."""
    web.refuse_unknown_filters(request, ())
    project = get_managed_project(request.user, project_id)
    context = {"project": project, "page": web.paginate(request, queries.rank_items(project))}
    return render(request, "work/ranking.html", context)


@web.page(READ)
def show_batch_progress(request: web.PageRequest, batch_id: UUID) -> HttpResponse:
    """Show how far a batch is, asked again and again while it runs. When it has left ``was`` the whole page is loaded anew."""
    web.refuse_unknown_filters(request, ("was",))
    batch = queries.get_batch(request.user, batch_id)
    context = {"batch": batch, "progress": queries.measure_progress(batch)}
    answer = render(request, "work/_batch_progress.html", context)
    if request.GET.get("was", batch.state) != batch.state:
        answer["HX-Refresh"] = "true"
    return answer


@web.page(IMPORT, methods=("POST",))
def move_batch(request: web.PageRequest, batch_id: UUID) -> HttpResponse:
    """Pause, resume or cancel a batch."""
    to = request.POST.get("to", "")
    if to not in _MOVES:
        messages.warning(request, "Choose to pause, resume or cancel the batch.")
        return redirect("work:batch", batch_id)
    try:
        commands.move_batch(batch_id=batch_id, to=to, by=request.user, now=clock.now())
    except Conflict as refused:
        messages.warning(request, refused.detail)
        return redirect("work:batch", batch_id)
    return web.done(request, f"The batch is {_MOVES[to]}.", "work:batch", batch_id)


@web.page(IMPORT, methods=("GET", "HEAD", "POST"))
def import_file(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Check or import a file of tasks into a project."""
    web.refuse_unknown_filters(request, ())
    project = get_managed_project(request.user, project_id)
    require_grant(request.user, IMPORT, tenant=project.organization_id)
    form = ImportForm(request.POST or None, request.FILES or None)

    def run(*, name: str, file: Any) -> commands.ImportOutcome:
        return commands.import_batch(
            project_id=project.id,
            name=name,
            file_name=file.name,
            data=file.read(),
            dry_run=request.POST.get("act") == "check",
            by=request.user,
            now=clock.now(),
        )

    outcome = web.submit(form, run) if request.method == "POST" else None
    if outcome is None:
        return render(request, "work/import.html", {"project": project, "form": form}, status=web.form_status(form))
    if outcome.batch is not None and outcome.is_new:
        return web.done(request, f"{outcome.batch.task_count} tasks are imported.", "work:batch", outcome.batch.id)
    return redirect("work:import_report", outcome.report.id)


@web.page(IMPORT)
def show_import_report(request: web.PageRequest, report_id: UUID) -> HttpResponse:
    """Show what a check or a refused import found, row by row."""
    web.refuse_unknown_filters(request, ())
    report = queries.get_import_report(request.user, report_id)
    bad_rows = report.bad_rows
    context = {"report": report, "bad_rows": bad_rows[:SHOWN_BAD_ROWS], "bad_count": len(bad_rows)}
    return render(request, "work/import_report.html", context)


@web.page(IMPORT)
def download_import_errors(request: web.PageRequest, report_id: UUID) -> HttpResponse:
    """Answer every bad row as CSV that is safe to open in a spreadsheet."""
    web.refuse_unknown_filters(request, ())
    report = queries.get_import_report(request.user, report_id)
    rows = ((bad["line"], bad["field"], bad["detail"]) for bad in report.bad_rows)
    response = HttpResponse(csv_text(("line", "field", "detail"), rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-errors-{report.id}.csv"'
    return response
