"""A manager's view of an opening: who fits and why, side by side, and why somebody does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common import clock, web
from common.errors import InvalidInput
from marketplace.identity.models import User
from marketplace.projects.models import Opening
from marketplace.projects.queries import get_managed_opening, list_pay_lines
from marketplace.staffing import commands
from marketplace.staffing.errors import ExpertNotFound
from marketplace.staffing.forms import CandidateSearchForm, InviteForm, OfferForm
from marketplace.staffing.models import Offer
from marketplace.staffing.queries import (
    Candidate,
    count_free_seats,
    find_experts,
    funnel,
    list_matches,
    list_opening_rows,
    to_candidates,
    why_not,
)
from marketplace.staffing.web.shown import RuleLine, Verdict, line_of, verdict_of, why_in_short

MOST_COMPARED = 4
SHOWN_MATCHES = 50


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A candidate with the place in the list."""

    rank: int
    candidate: Candidate
    why: str
    verdict: Verdict


@web.page("experts.search")
def show_opening(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Show an opening: can it be staffed, who fits, who applied, who was offered what, who works."""
    web.refuse_unknown_filters(request, ["q"])
    now = clock.now()
    opening = get_managed_opening(request.user, opening_id)
    search = CandidateSearchForm(request.GET or None)
    words = search.cleaned_data["q"] if search.is_bound and search.is_valid() else ""
    matches = list_matches(opening, now=now, limit=SHOWN_MATCHES, words=words)
    rows = list_opening_rows(opening)
    context = {
        "opening": opening,
        "project": opening.project,
        "lines": list_pay_lines(opening.id, at=now),
        "all_lines": opening.rate_lines.order_by("side", "unit", "effective", "id"),
        "free_seats": count_free_seats(opening),
        "steps": funnel(opening),
        "ranked": _rank(to_candidates(opening, matches, now=now)),
        "search": search,
        "rows": rows,
        "waiting": [row for row in rows.applications if row.state in ("SUBMITTED", "SHORTLISTED")],
        "invite": InviteForm(now=now),
        "can_staff": opening.state == Opening.State.OPEN and opening.project.state == "PRODUCTION",
        "moves": _moves(opening),
        "now": now,
    }
    return render(request, "staffing/staff_opening.html", context)


_MOVES = {"OPEN": "Open for applications", "PAUSED": "Pause", "CLOSED": "Close"}


def _moves(opening: Opening) -> list[tuple[str, str]]:
    """Return the states that the opening may go to, with the button's words."""
    return [(to, words) for to, words in _MOVES.items() if to in Opening.TRANSITIONS[opening.state]]


def _rank(candidates: list[Candidate]) -> list[RankedRow]:
    return [
        RankedRow(
            rank, candidate, why_in_short(candidate.match.evaluation.results), verdict_of(candidate.match.evaluation)
        )
        for rank, candidate in enumerate(candidates, start=1)
    ]


@web.page("experts.search", methods=("GET", "HEAD", "POST"))
def compare(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Show up to four people side by side, rule by rule. The list's check boxes come by POST, to an address to share."""
    opening = get_managed_opening(request.user, opening_id)
    if request.method == "POST":
        chosen = read_expert_ids(request.POST.getlist("expert_ids"))
        address = reverse("staffing:compare", args=[opening_id])
        return redirect(f"{address}?{urlencode([('expert_ids', each) for each in chosen])}")
    chosen = read_expert_ids(request.GET.getlist("expert_ids"))
    if len(chosen) > MOST_COMPARED:
        raise InvalidInput.of("/expert_ids", f"Choose at most {MOST_COMPARED} people to compare.", "too_many")
    now = clock.now()
    matches = [match for each in chosen if (match := why_not(each, opening, now=now)) is not None]
    candidates = to_candidates(opening, matches, now=now)
    context = {
        "opening": opening,
        "project": opening.project,
        "candidates": candidates,
        "best": _clearly_best(candidates),
        "rules": [(lines[0].text, lines) for lines in zip(*(_lines_in_order(row) for row in candidates), strict=True)],
    }
    return render(request, "staffing/compare.html", context)


def _lines_in_order(candidate: Candidate) -> list[RuleLine]:
    return [line_of(result) for result in candidate.match.evaluation.results]


def _clearly_best(candidates: list[Candidate]) -> UUID | None:
    """Return whose quality interval lies above every other's, if anybody's does."""
    for one in candidates:
        others = [other for other in candidates if other is not one]
        if others and all(one.quality.low90 > other.quality.high90 for other in others):
            return one.match.expert_id
    return None


@web.page("experts.search")
def find_candidate(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Look a person up by name, to read why they match or not."""
    web.refuse_unknown_filters(request, ["q"])
    opening = get_managed_opening(request.user, opening_id)
    form = CandidateSearchForm(request.GET or None)
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    context = {"opening": opening, "form": form, "words": words, "experts": find_experts(words) if words else []}
    return render(request, "staffing/find_candidate.html", context)


@web.page("experts.search", methods=("GET", "HEAD", "POST"))
def show_candidate(request: web.PageRequest, opening_id: UUID, expert_id: UUID) -> HttpResponse:
    """Show every rule's verdict on one person, and send an offer to them."""
    now = clock.now()
    opening = get_managed_opening(request.user, opening_id)
    match = why_not(expert_id, opening, now=now)
    if match is None:
        raise ExpertNotFound
    lines = list_pay_lines(opening.id, at=now)
    form = OfferForm(request.POST or None, opening=opening, lines=lines, now=now)
    if request.method == "POST":
        sent = web.submit(form, _send_offer, opening_id=opening.id, expert_id=expert_id, by=request.user, now=now)
        if sent is not None:
            told = f"{match.name} has the offer: {sent.terms['words']}."
            return web.done(request, told, "staffing:staff_opening", opening.id)
    (candidate,) = to_candidates(opening, [match], now=now)
    context = {
        "opening": opening,
        "project": opening.project,
        "candidate": candidate,
        "match": match,
        "verdict": verdict_of(match.evaluation),
        "form": form,
        "lines": lines,
        "invite": InviteForm(now=now),
        "can_staff": opening.state == Opening.State.OPEN and opening.project.state == "PRODUCTION",
        "rows": [row for row in list_opening_rows(opening).applications if row.expert_id == expert_id],
    }
    return render(request, "staffing/candidate.html", context, status=web.form_status(form))


def _send_offer(
    *,
    opening_id: UUID,
    expert_id: UUID,
    pay_line_id: str,
    weekly_hours: Decimal,
    expires_at: datetime,
    by: User,
    now: datetime,
) -> Offer:
    offer = commands.OfferInput(
        expert_id=expert_id,
        pay_line_id=UUID(pay_line_id),
        weekly_cap_minutes=round(60 * weekly_hours),
        expires_at=expires_at,
    )
    return commands.send_offer(opening_id=opening_id, offer=offer, by=by, now=now)


def read_expert_ids(texts: list[str]) -> list[UUID]:
    """Return the ids that check boxes sent, once each.

    Raises:
        InvalidInput: none, or a text that is no id.
    """
    try:
        ids = list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError as error:
        raise InvalidInput.of("/expert_ids", "This is not an expert's id.") from error
    if not ids:
        raise InvalidInput.of("/expert_ids", "Choose at least one person.", "required")
    return ids
