"""Pages for reviewers: what waits, and one submission. The author's name is not shown, so that it decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import InvalidInput
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.models import Project
from marketplace.projects.queries import find_current_guidelines
from marketplace.work import commands
from marketplace.work.errors import SubmissionNotFound
from marketplace.work.forms import ReviewForm
from marketplace.work.models import Review, Submission
from marketplace.work.web import sheets

REVIEW = "work.review"
_OUTCOME = {
    Review.Decision.ACCEPT: "The work is accepted.",
    Review.Decision.RETURN: "The work is returned; the expert has a week to mend it.",
    Review.Decision.REJECT: "The work is rejected; the task is free again.",
}


@web.page(REVIEW)
def list_queue(request: web.PageRequest) -> HttpResponse:
    """List what waits for a decision, the oldest first."""
    web.refuse_unknown_filters(request, ("project",))
    rows = _reviewable(request.user).filter(state=Submission.State.SUBMITTED).order_by("submitted_at", "id")
    projects = Project.objects.filter(id__in=rows.order_by().values("claim__project")).order_by("name")
    chosen = _read_id(request.GET.get("project", ""))
    shown = rows.filter(claim__project_id=chosen) if chosen else rows
    context = {"page": web.paginate(request, shown), "projects": projects, "chosen": chosen, "now": clock.now()}
    return render(request, "work/queue.html", context)


@web.page(REVIEW, methods=("GET", "HEAD", "POST"))
def review(request: web.PageRequest, submission_id: UUID) -> HttpResponse:
    """Show one submission and decide on it."""
    submission = _get_reviewable(request, submission_id)
    guidelines = submission.guidelines or find_current_guidelines(submission.claim.project_id)
    form = ReviewForm(request.POST or None, criteria=guidelines.criteria if guidelines else [])
    rows = sheets.read_rows(request.POST) if request.method == "POST" else sheets.show_rows([], spare=1)
    if request.method == "POST" and request.POST.get("act") == "add_row":
        form = ReviewForm(initial=request.POST.dict(), criteria=guidelines.criteria if guidelines else [])
        rows = [*rows, sheets.ErrorRow(len(rows))]
    elif request.method == "POST" and _decide(request, submission, form, rows):
        return web.done(request, _OUTCOME[form.cleaned_data["decision"]], "work:queue")
    context = {
        "submission": submission,
        "claim": submission.claim,
        "parts": sheets.show_parts(submission.claim.task.content),
        "guidelines": guidelines,
        "form": form,
        "rows": rows,
        "categories": guidelines.error_categories if guidelines else [],
        "severities": sheets.SEVERITY_WORDS[:2],
        "earlier": Review.objects.filter(submission__claim=submission.claim_id).order_by("decided_at"),
        "is_open": submission.state == Submission.State.SUBMITTED,
    }
    return render(request, "work/review.html", context, status=web.form_status(form))


def _decide(
    request: web.PageRequest, submission: Submission, form: ReviewForm, rows: list[sheets.ErrorRow]
) -> Review | None:
    def run(*, decision: str, reason_code: str, reason_text: str, **_scores: Any) -> Review:
        given = commands.ReviewInput(
            decision=decision,
            scores=form.read_scores(),
            errors=sheets.write_errors(rows),
            reason_code=reason_code if decision != Review.Decision.ACCEPT else "",
            reason_text=reason_text,
        )
        return commands.review_submission(submission_id=submission.id, review=given, by=request.user, now=clock.now())

    return web.submit(form, run)


def _reviewable(user: User) -> QuerySet[Submission]:
    """Return the submissions of others in the organizations where ``user`` reviews."""
    theirs = Submission.objects.filter(claim__project__organization__in=organizations_with(user, REVIEW))
    rows = theirs.exclude(claim__expert_user_id=user.pk)
    return rows.select_related("claim__task__batch", "claim__project__organization", "guidelines")


def _get_reviewable(request: web.PageRequest, submission_id: UUID) -> Submission:
    submission = _reviewable(request.user).filter(id=submission_id).first()
    if submission is None:
        raise SubmissionNotFound
    return submission


def _read_id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput.of("/project", "Write the id of a project.") from error
