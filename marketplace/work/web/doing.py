"""Pages for experts: what there is to do, one task, and what was decided on one's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import Conflict, InvalidInput, StaleVersion
from marketplace.projects.queries import find_current_guidelines, get_guidelines
from marketplace.work import commands, queries
from marketplace.work.models import Claim, Draft
from marketplace.work.web import sheets

DO = "work.do"
#: A part of the page that htmx asks for is shown to whoever edits errors: experts and reviewers.
REVIEW = "work.review"


@web.page(DO)
def list_my_work(request: web.PageRequest) -> HttpResponse:
    """Show the claims that are open, those that wait for a decision, and the projects with tasks to claim."""
    web.refuse_unknown_filters(request, ())
    waiting = queries.list_own_claims(request.user, (Claim.State.SUBMITTED,))
    context = {
        "now": clock.now(),
        "active": queries.list_active_claims(request.user),
        "waiting": web.paginate(request, waiting.order_by("claimed_at", "id")),
        "projects": queries.list_claimable_projects(request.user),
    }
    return render(request, "work/mine.html", context)


@web.page(DO, methods=("POST",))
def claim_next(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Claim the next free task of a project and open it."""
    try:
        claim = commands.claim_next(project_id=project_id, by=request.user, now=clock.now())
    except Conflict as refused:
        messages.warning(request, refused.detail)
        return redirect("work:mine")
    return redirect("work:claim", claim.id)


@web.page(DO, methods=("GET", "HEAD", "POST"))
def do_task(request: web.PageRequest, claim_id: UUID) -> HttpResponse:
    """Show one's claimed task with its guidelines; save, add a row or hand in what was written."""
    web.refuse_unknown_filters(request, ())
    claim = queries.get_own_claim(request.user, claim_id)
    if request.method != "POST":
        return _show_task(request, claim, _find_start(claim))
    content, rows = sheets.read_content(request.POST, claim.project.task_kind)
    act = request.POST.get("act", "submit")
    if act == "add_row":
        return _show_task(request, claim, sheets.Sheet(content, [*rows, sheets.ErrorRow(len(rows))]))
    verbs: dict[str, Callable[[], Any]] = {
        "save": lambda: _save(request, claim, content),
        "submit": lambda: commands.submit(claim_id=claim.id, content=content, by=request.user, now=clock.now()),
    }
    if act not in verbs:
        raise InvalidInput.of("/act", "Must be add_row, save or submit.", "unknown")
    try:
        verbs[act]()
    except (InvalidInput, Conflict, StaleVersion) as refused:
        problems = refused.problems or InvalidInput.of("", refused.detail).problems
        return _show_task(request, claim, sheets.Sheet(content, rows, problems), status=422)
    if act == "save":
        return web.done(request, "The draft is saved.", "work:claim", claim.id)
    return web.done(request, "The work is handed in. A reviewer decides on it.", "work:mine")


@web.page(DO, methods=("POST",))
def save_draft(request: web.PageRequest, claim_id: UUID) -> HttpResponse:
    """Save what stands on the page, for htmx; the answer carries the draft's new version."""
    claim = queries.get_own_claim(request.user, claim_id)
    content, _ = sheets.read_content(request.POST, claim.project.task_kind)
    draft = _save(request, claim, content)
    return render(request, "work/_saved.html", {"draft": draft})


@web.page(DO, REVIEW, methods=("POST",))
def add_error_row(request: web.PageRequest, guidelines_id: UUID) -> HttpResponse:
    """Answer one more empty row for the editor of errors, for htmx; a reviewer's offers no neutral severity."""
    guidelines = get_guidelines(request.user, guidelines_id)
    severities = sheets.SEVERITY_WORDS[:2] if request.POST.get("for") == "review" else sheets.SEVERITY_WORDS
    row = sheets.ErrorRow(len(request.POST.getlist("category")))
    context = {"row": row, "categories": guidelines.error_categories, "severities": severities}
    return render(request, "work/_error_row.html", context)


@web.page(DO, methods=("POST",))
def extend_lease(request: web.PageRequest, claim_id: UUID) -> HttpResponse:
    """Hold one's claim for a full lease more."""
    try:
        commands.extend_lease(claim_id=claim_id, by=request.user, now=clock.now())
    except Conflict as refused:
        messages.warning(request, refused.detail)
        return redirect("work:claim", claim_id)
    return web.done(request, "The task is yours for longer.", "work:claim", claim_id)


@web.page(DO, methods=("POST",))
def release_claim(request: web.PageRequest, claim_id: UUID) -> HttpResponse:
    """Give a claimed task back."""
    try:
        commands.release_claim(claim_id=claim_id, by=request.user, now=clock.now())
    except Conflict as refused:
        messages.warning(request, refused.detail)
        return redirect("work:claim", claim_id)
    return web.done(request, "The task is given back; others may claim it.", "work:mine")


@web.page(DO)
def list_my_decisions(request: web.PageRequest) -> HttpResponse:
    """List every decision on one's own work, the latest first, with its reason in words."""
    web.refuse_unknown_filters(request, ())
    page = web.paginate(request, queries.list_own_decisions(request.user))
    return render(request, "work/decisions.html", {"page": page})


def _find_start(claim: Claim) -> sheets.Sheet:
    """Return what the page begins with."""
    content = queries.find_latest_content(claim)
    spare = sheets.FIRST_ROWS if claim.state == Claim.State.ACTIVE else 0
    return sheets.Sheet(content, sheets.show_rows(content.get("errors", []), spare=spare))


def _save(request: web.PageRequest, claim: Claim, content: dict[str, Any]) -> Draft:
    sent = request.POST.get("draft_version", "")
    if sent and not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise InvalidInput.of("/draft_version", "Must be a whole number.")
    expected = int(sent or 0)  # 0 = this page has seen no draft: another window's must not be overwritten
    return commands.save_draft(
        claim_id=claim.id, content=content, expected_version=expected, by=request.user, now=clock.now()
    )


def _show_task(request: web.PageRequest, claim: Claim, sheet: sheets.Sheet, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    guidelines = find_current_guidelines(claim.project_id)
    last = queries.find_last_submission(claim)
    reviews = queries.list_reviews(last) if last else []
    context = {
        "claim": claim,
        "parts": sheets.show_parts(claim.task.content),
        "sheet": sheet,
        "guidelines": guidelines,
        "categories": guidelines.error_categories if guidelines else [],
        "is_open": claim.state == Claim.State.ACTIVE and claim.lease_until > now,
        "is_returned": claim.state == Claim.State.ACTIVE and last is not None,
        "outcome": queries.find_outcome(last),
        "last_review": reviews[-1] if reviews else None,
        "seconds_left": max(0, int((claim.lease_until - now).total_seconds())),
        "draft": queries.find_draft(claim),
        "winners": sheets.WINNERS,
        "severities": sheets.SEVERITY_WORDS,
    }
    return render(request, "work/task.html", context, status=status)
