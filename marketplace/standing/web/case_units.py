"""What a case's page has besides: a dispute of one unit, the draft of an answer as it is typed, and the units as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.spreadsheets import CSV_TYPE, csv_text
from marketplace.standing import commands
from marketplace.standing.case_forms import DisputeForm
from marketplace.standing.case_trail import named_scope
from marketplace.standing.models import CaseDispute
from marketplace.standing.queries import Unit, get_case, get_own_case, get_own_unit, list_units, may_answer
from marketplace.standing.rules import DECIDE_CASES, OPEN_CASES

_HEADER = ["unit", "review", "decided_at", "decision", "scores", "words", "effect_points", "disputed_at", "dispute"]


@web.page("appeals.open", methods=("GET", "HEAD", "POST"))
def dispute(request: web.PageRequest, case_id: UUID, review_id: UUID) -> HttpResponse:
    """Show one unit of a case about oneself, and say of it that it was judged wrongly."""
    case = get_own_case(request.user, case_id)
    review = get_own_unit(case, review_id)
    if not may_answer(case, now=clock.now()) or CaseDispute.objects.filter(case=case, review=review).exists():
        return redirect("standing:case", case.id)
    form = DisputeForm(request.POST or None)
    given = {"case_id": case_id, "review_id": review_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.dispute_unit, **given) is not None:
        return web.done(request, "Your word stands beside the unit.", "standing:case", case.id)
    unit = next(unit for unit in list_units(case, request.user).units if unit.review == review_id)
    context = {"case": case, "unit": unit, "form": form, "scope": named_scope(case.scope)}
    return render(request, "standing/dispute.html", context, status=web.form_status(form))


@web.page("appeals.open", methods=("POST",))
def save_draft(request: web.PageRequest, case_id: UUID) -> HttpResponse:
    """Keep what stands in the answer's field, for htmx."""
    text = request.POST.get("text", "")
    draft = commands.save_answer_draft(case_id=case_id, text=text, by=request.user, now=clock.now())
    return render(request, "standing/_saved.html", {"draft": draft})


@web.page("appeals.open", OPEN_CASES, DECIDE_CASES, "audit.read")
def download_units(request: web.PageRequest, case_id: UUID) -> HttpResponse:
    """Answer the units of a case as CSV, as far as the reader may see them: effects in points of 100, times in UTC."""
    web.refuse_unknown_filters(request, [])
    case = get_case(request.user, case_id)
    lines = [_line(unit) for unit in list_units(case, request.user).units]
    answer = HttpResponse(csv_text(_HEADER, lines), content_type=CSV_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="case-{case.opened_at:%Y-%m-%d}.csv"'
    return answer


def _line(unit: Unit) -> list[object]:
    return [
        unit.unit,
        str(unit.review),
        unit.decided_at.isoformat(),
        unit.decision,
        "; ".join(f"{criterion} {score:g}" for criterion, score in unit.scores.items()),
        unit.words,
        "" if unit.points is None else round(unit.points, 3),
        "" if unit.disputed_at is None else unit.disputed_at.isoformat(),
        unit.dispute,
    ]
