"""Pages for experts: what there is to do, one task, and what was decided on one's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import Conflict, InvalidInput, NotFound, StaleVersion
from marketplace.projects.models import Guidelines, Project
from marketplace.projects.queries import find_current_guidelines
from marketplace.staffing.models import Engagement
from marketplace.work import commands
from marketplace.work.errors import ClaimNotFound
from marketplace.work.models import Claim, Draft, Review, Submission, Task
from marketplace.work.web import sheets

DO = "work.do"
#: A part of the page that htmx asks for is shown to whoever edits errors: experts and reviewers.
REVIEW = "work.review"


@web.page(DO)
def list_my_work(request: web.PageRequest) -> HttpResponse:
    """Show the claims that are open, those that wait for a decision, and the projects with tasks to claim."""
    web.refuse_unknown_filters(request, ())
    mine = Claim.objects.filter(expert_user_id=request.user.pk).select_related("task", "project", "pay_line")
    last_state = Submission.objects.filter(claim=OuterRef("pk")).order_by("-number").values("state")[:1]
    context = {
        "now": clock.now(),
        "active": mine.filter(state=Claim.State.ACTIVE).annotate(last=Subquery(last_state)).order_by("lease_until"),
        "waiting": web.paginate(request, mine.filter(state=Claim.State.SUBMITTED).order_by("claimed_at", "id")),
        "projects": _list_claimable(request.user),
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
    claim = _get_own_claim(request, claim_id)
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
    claim = _get_own_claim(request, claim_id)
    content, _ = sheets.read_content(request.POST, claim.project.task_kind)
    draft = _save(request, claim, content)
    return render(request, "work/_saved.html", {"draft": draft})


@web.page(DO, REVIEW, methods=("POST",))
def add_error_row(request: web.PageRequest, guidelines_id: UUID) -> HttpResponse:
    """Answer one more empty row for the editor of errors, for htmx; a reviewer's offers no neutral severity."""
    visible = Project.objects.visible_to(request.user).values("id")
    guidelines = Guidelines.objects.filter(id=guidelines_id, project__in=visible).first()
    if guidelines is None:
        raise NotFound
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
    rows = Review.objects.filter(author_id=request.user.pk).order_by("-decided_at", "-id")
    rows = rows.select_related("submission__claim__task", "submission__claim__project")
    page = web.paginate(request, rows.prefetch_related("errors", "scores"))
    return render(request, "work/decisions.html", {"page": page})


def _list_claimable(user: Any) -> list[Project]:
    """Return the projects in which ``user`` works, each with how many tasks are free for them."""
    engaged = Engagement.objects.filter(expert__user_id=user.pk, state=Engagement.State.PRODUCTION)
    taken = Claim.objects.filter(expert_user_id=user.pk).exclude(state__in=["RELEASED", "EXPIRED"])
    free = Task.objects.filter(taken__lt=F("wanted"), batch__state="IN_PROGRESS").exclude(id__in=taken.values("task"))
    counts = dict(
        free.filter(batch__project__openings__engagements__in=engaged)
        .values_list("batch__project")
        .annotate(count=Count("id", distinct=True))
    )
    projects = Project.objects.filter(Q(openings__engagements__in=engaged)).distinct().order_by("name", "id")
    rows = list(projects.select_related("organization"))
    for project in rows:
        project.free_tasks = counts.get(project.id, 0)  # type: ignore[attr-defined]  # shown on the page only
    return rows


def _get_own_claim(request: web.PageRequest, claim_id: UUID) -> Claim:
    rows = Claim.objects.select_related("task__batch", "project__organization", "pay_line")
    claim = rows.filter(id=claim_id, expert_user_id=request.user.pk).first()
    if claim is None:
        raise ClaimNotFound
    return claim


def _find_start(claim: Claim) -> sheets.Sheet:
    """Return what the page begins with: this claim's draft, the work that came back, or the draft of a lapsed claim."""
    drafts = Draft.objects.filter(claim__task=claim.task_id, claim__expert_user=claim.expert_user_id)
    own = drafts.filter(claim=claim).first()
    last = claim.submissions.order_by("-number").first()
    found = own or last or drafts.order_by("-saved_at").first()
    content = found.content if found else {}
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
    last = claim.submissions.order_by("-number").prefetch_related("reviews").first()
    context = {
        "claim": claim,
        "parts": sheets.show_parts(claim.task.content),
        "sheet": sheet,
        "guidelines": guidelines,
        "categories": guidelines.error_categories if guidelines else [],
        "is_open": claim.state == Claim.State.ACTIVE and claim.lease_until > now,
        "is_returned": claim.state == Claim.State.ACTIVE and last is not None,
        "last_review": last.reviews.order_by("-decided_at").first() if last else None,
        "seconds_left": max(0, int((claim.lease_until - now).total_seconds())),
        "draft": Draft.objects.filter(claim=claim).first(),
        "winners": sheets.WINNERS,
        "severities": sheets.SEVERITY_WORDS,
    }
    return render(request, "work/task.html", context, status=status)
