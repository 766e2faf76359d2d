"""Pages for reviewers: what waits, and one submission. The author's name is not shown, so that it decides nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import InvalidInput
from common.permissions import has_grant, require_grant
from marketplace.projects.queries import find_current_guidelines
from marketplace.work import commands, queries
from marketplace.work.forms import OutcomeForm, ReviewForm
from marketplace.work.models import AcceptanceOrder, Outcome, Review, Submission
from marketplace.work.web import sheets

REVIEW, OUTCOMES = "work.review", "work.outcomes"
#: How long the queue tells a reviewer which of their acceptances could not be carried out.
REFUSALS_SHOWN = timedelta(days=7)
_OUTCOME = {
    Review.Decision.ACCEPT: "The work is accepted.",
    Review.Decision.RETURN: "The work is returned; the expert has a week to mend it.",
    Review.Decision.REJECT: "The work is rejected; the task is free again.",
}


@web.page(REVIEW)
def list_queue(request: web.PageRequest) -> HttpResponse:
    """List what waits for a decision, the oldest first."""
    web.refuse_unknown_filters(request, ("project",))
    rows = queries.list_review_queue(request.user)
    chosen = _read_id(request.GET.get("project", ""))
    shown = rows.filter(claim__project_id=chosen) if chosen else rows
    orders = queries.list_acceptance_orders(request.user)
    context = {
        "page": web.paginate(request, shown),
        "projects": queries.list_projects_to_review(request.user),
        "chosen": chosen,
        "being_accepted": orders.filter(state=AcceptanceOrder.State.WAITING).count(),
        "refused": orders.filter(state=AcceptanceOrder.State.REFUSED, settled_at__gte=clock.now() - REFUSALS_SHOWN),
    }
    return render(request, "work/queue.html", context)


@web.page(REVIEW, methods=("POST",))
def accept_chosen(request: web.PageRequest) -> HttpResponse:
    """Order that the chosen submissions be accepted."""
    try:
        submission_ids = [_parse_id("/submissions", text) for text in request.POST.getlist("submissions")]
        ordered = commands.order_acceptances(submission_ids=submission_ids, by=request.user, now=clock.now())
    except InvalidInput as error:
        messages.error(request, error.problems[0].detail)
        return redirect("work:queue")
    told = f"{ordered} {'submission is' if ordered == 1 else 'submissions are'} being accepted."
    return web.done(request, told, "work:queue")


@web.page(REVIEW, methods=("GET", "HEAD", "POST"))
def review(request: web.PageRequest, submission_id: UUID) -> HttpResponse:
    """Show one submission and decide on it."""
    web.refuse_unknown_filters(request, ())
    submission = queries.get_reviewable(request.user, submission_id)
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
        "earlier": queries.list_decisions_on(submission.claim),
        "is_open": submission.state == Submission.State.SUBMITTED,
        "may_report": submission.state == Submission.State.ACCEPTED
        and has_grant(request.user, OUTCOMES, tenant=submission.claim.project.organization_id),
    }
    return render(request, "work/review.html", context, status=web.form_status(form))


@web.page(OUTCOMES, methods=("GET", "HEAD", "POST"))
def report_outcome(request: web.PageRequest, submission_id: UUID) -> HttpResponse:
    """Report what became of one accepted submission at the client's."""
    web.refuse_unknown_filters(request, ())
    submission = queries.get_submission(request.user, submission_id)
    batch = submission.claim.task.batch
    require_grant(request.user, OUTCOMES, tenant=submission.claim.project.organization_id)
    form = OutcomeForm(request.POST or None)

    def run(*, kind: str, reason_text: str) -> list[Outcome]:
        given = commands.OutcomeInput(submission.id, kind, reason_text)
        return commands.report_outcomes(batch_id=batch.id, outcomes=[given], by=request.user, now=clock.now())

    if request.method == "POST" and web.submit(form, run) is not None:
        return web.done(request, "It is recorded as evidence about quality. Pay is as it was.", "work:batch", batch.id)
    context = {
        "submission": submission,
        "claim": submission.claim,
        "form": form,
        "last": queries.find_outcome(submission),
        "is_accepted": submission.state == Submission.State.ACCEPTED,
    }
    return render(request, "work/outcome.html", context, status=web.form_status(form))


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


def _read_id(text: str) -> UUID | None:
    return _parse_id("/project", text) if text else None


def _parse_id(pointer: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput.of(pointer, "This is not an id.") from error
