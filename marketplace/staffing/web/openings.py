"""What an expert may find, and what became of what they asked for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from marketplace.experts.models import Expert
from marketplace.hiring.models import Application
from marketplace.projects.models import Opening, RateLine
from marketplace.projects.queries import (
    find_current_guidelines,
    get_opening,
    list_pay_lines,
    pay_lines_of,
)
from marketplace.staffing.forms import SearchForm
from marketplace.staffing.queries import count_free_seats, evaluate_openings, free_seats_of, list_own, matching_openings
from marketplace.staffing.web.shown import Verdict, verdict_of


@dataclass(frozen=True, slots=True)
class FoundOpening:
    """An opening as the search shows it."""

    opening: Opening
    verdict: Verdict
    lines: list[RateLine]
    free_seats: int
    state: str


@web.page("projects.browse")
def search_openings(request: web.PageRequest) -> HttpResponse:
    """List open openings with why they match or do not, the eligible ones first."""
    web.refuse_unknown_filters(request, ["q", "unit", "role", "show"])
    form = SearchForm(request.GET or None, initial={"show": ["eligible", "near", "far"]})
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = [row for row in _find(request) if _is_wanted(row, wanted)]
    context = {
        "form": form,
        "page": web.paginate(request, found),
        "eligible": sum(row.verdict.is_eligible for row in found),
        "is_narrowed": bool(wanted),
    }
    return render(request, "staffing/openings.html", context)


def _find(request: web.PageRequest) -> list[FoundOpening]:
    now = clock.now()
    pairs = matching_openings(request.user.expert, now=now)
    openings = [opening for opening, _ in pairs]
    lines = pay_lines_of([opening.id for opening in openings], at=now)
    free = free_seats_of(openings)
    own = dict(
        Application.objects.filter(expert__user_id=request.user.pk, state__in=Application.LIVE).values_list(
            "opening_id", "state"
        )
    )
    return [
        FoundOpening(
            opening, verdict_of(evaluation), lines.get(opening.id, []), free[opening.id], own.get(opening.id, "")
        )
        for opening, evaluation in pairs
    ]


def _is_wanted(row: FoundOpening, wanted: dict[str, object]) -> bool:
    opening = row.opening
    project = opening.project
    text = f"{opening.title} {project.name} {project.domain.name} {project.domain.code} {project.locale}".lower()
    distance = ("eligible", "near", "far")[min(len(row.verdict.failed), 2)]
    units = {line.unit for line in row.lines}
    return (
        all(word in text for word in str(wanted.get("q") or "").lower().split())
        and (not wanted.get("unit") or wanted["unit"] in units)
        and wanted.get("role") in (None, "", opening.role)
        and (not wanted.get("show") or distance in list(wanted["show"]))  # type: ignore[call-overload]
    )


@web.page("projects.browse")
def show_opening(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Show an opening's terms, the project's goals and principles, every rule, and the way to apply."""
    opening = get_opening(request.user, opening_id)
    expert: Expert = request.user.expert
    now = clock.now()
    evaluation = evaluate_openings(expert, [opening], now=now)[opening.id]
    own = list_own(request.user, opening_id=opening.id)
    context = {
        "opening": opening,
        "project": opening.project,
        "guidelines": find_current_guidelines(opening.project_id),
        "lines": list_pay_lines(opening.id, at=now),
        "free_seats": count_free_seats(opening),
        "verdict": verdict_of(evaluation),
        "own": own,
        "application": own.applications[0] if own.applications else None,
        "may_apply": expert.state == Expert.State.ACTIVE and opening.state == Opening.State.OPEN and not own.is_live,
        "expert": expert,
    }
    return render(request, "staffing/opening.html", context)


@web.page("offers.answer")
def show_own(request: web.PageRequest) -> HttpResponse:
    """Show one's invitations, offers, applications and engagements with their states and reasons."""
    return render(request, "staffing/mine.html", {"own": list_own(request.user)})
