"""What a manager sees of people beside their rank: quality with its interval, free hours, and what was asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.experts.models import Expert
from marketplace.hiring.models import Application
from marketplace.projects.models import Opening
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.staffing.queries.facts import gather_facts
from marketplace.staffing.queries.matches import Match
from quality.facade import QualityFigure, ScopeCodes, quality_of

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match with its quality in the project's scope, minutes a week free, and its state in the opening ("" = none)."""

    match: Match
    quality: QualityFigure
    free_minutes: int
    state: str


@dataclass(frozen=True, slots=True)
class OpeningRows:
    """Everything that was asked and agreed in one opening, newest first."""

    applications: list[Application]
    offers: list[Offer]
    invitations: list[Invitation]
    engagements: list[Engagement]


def list_opening_rows(opening: Opening) -> OpeningRows:
    """Return an opening's applications, offers, invitations and engagements, at most 200 of each."""

    def rows(manager: object) -> list[object]:
        return list(manager.select_related("expert", "opening__project").order_by("-id")[:200])  # type: ignore[attr-defined]

    return OpeningRows(
        rows(opening.applications),  # type: ignore[arg-type]
        rows(opening.offers),  # type: ignore[arg-type]
        rows(opening.invitations),  # type: ignore[arg-type]
        rows(opening.engagements),  # type: ignore[arg-type]
    )


def to_candidates(opening: Opening, matches: Sequence[Match], *, now: datetime) -> list[Candidate]:
    """Return ``matches`` with quality, free hours and state, in their order; a fixed number of queries."""
    scope = scope_of(opening)
    figures = quality_of(worker_ids=[match.user_id for match in matches], scope=scope) if matches else {}
    facts = gather_facts([match.expert_id for match in matches], kinds=("CAPACITY",), scope=None, now=now)
    states = _states_in(opening)
    return [
        Candidate(
            match,
            figures[match.user_id],
            facts[match.expert_id].free_minutes,
            states.get(match.expert_id, ""),
        )
        for match in matches
    ]


def scope_of(opening: Opening) -> ScopeCodes:
    """Return the scope in which work of the opening's project is judged."""
    project = opening.project
    return ScopeCodes(project.domain.code, project.locale, project.task_kind)


def find_experts(words: str) -> list[Expert]:
    """Return at most 20 open profiles whose name or search words contain every one of ``words``, by name."""
    rows = Expert.objects.exclude(state=Expert.State.CLOSED)
    for word in words.split()[:5]:
        rows = rows.filter(preferred_name__icontains=word) | rows.filter(search__words__contains=word.lower())
    return list(rows.order_by("preferred_name", "id")[:MOST_FOUND])


def _states_in(opening: Opening) -> dict[UUID, str]:
    """Return the furthest state of each expert in the opening."""
    states: dict[UUID, str] = {}
    for model, live, word in (
        (Invitation, (Invitation.State.SENT,), "INVITED"),
        (Application, ("SUBMITTED",), "APPLIED"),
        (Application, ("SHORTLISTED",), "SHORTLISTED"),
        (Offer, (Offer.State.SENT,), "OFFERED"),
        (Engagement, ("PRODUCTION", "PAUSED"), "ENGAGED"),
    ):
        rows = model.objects.filter(opening=opening, state__in=live)
        states |= dict.fromkeys(rows.values_list("expert_id", flat=True), word)
    return states
