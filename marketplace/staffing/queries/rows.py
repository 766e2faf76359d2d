"""Invitations, offers and engagements within the caller's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from common.errors import NotFound
from marketplace.hiring.models import Application
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.models import Opening
from marketplace.staffing.errors import EngagementNotFound, InvitationNotFound, OfferNotFound
from marketplace.staffing.models import Engagement, Invitation, Offer


def get_invitation(user: User, invitation_id: UUID, *, lock: bool = False) -> Invitation:
    """Return an invitation in scope, locked if asked. Raises InvitationNotFound."""
    invitation: Invitation = _get(Invitation, user, invitation_id, InvitationNotFound, lock=lock)
    return invitation


def get_offer(user: User, offer_id: UUID, *, lock: bool = False) -> Offer:
    """Return an offer in scope, locked if asked. Raises OfferNotFound."""
    offer: Offer = _get(Offer, user, offer_id, OfferNotFound, lock=lock)
    return offer


def get_engagement(user: User, engagement_id: UUID, *, lock: bool = False) -> Engagement:
    """Return an engagement in scope, locked if asked. Raises EngagementNotFound."""
    engagement: Engagement = _get(Engagement, user, engagement_id, EngagementNotFound, lock=lock)
    return engagement


def find_live_engagement(user_id: UUID, project_id: UUID) -> Engagement | None:
    """Return the expert's engagement in PRODUCTION in the project, labelers' first, if there is one."""
    rows = Engagement.objects.select_related("pay_line", "opening").filter(
        expert__user_id=user_id, opening__project_id=project_id, state=Engagement.State.PRODUCTION
    )
    return rows.order_by("opening__role", "id").first()


def count_free_seats(opening: Opening) -> int:
    """Return seats not held by a live engagement."""
    taken = Engagement.objects.filter(opening=opening).exclude(state=Engagement.State.ENDED).count()
    return opening.seats - taken


def free_seats_of(openings: Sequence[Opening]) -> dict[UUID, int]:
    """Return, for several openings, the seats not held by a live engagement."""
    live = Engagement.objects.filter(opening__in=openings).exclude(state=Engagement.State.ENDED)
    taken = dict(live.values("opening_id").annotate(count=Count("id")).values_list("opening_id", "count"))
    return {opening.id: opening.seats - taken.get(opening.id, 0) for opening in openings}


@dataclass(frozen=True, slots=True)
class OwnHiring:
    """What one expert was asked, offered, asked for and is engaged in, newest first."""

    invitations: list[Invitation]
    offers: list[Offer]
    applications: list[Application]
    engagements: list[Engagement]

    @property
    def to_answer(self) -> int:
        """How many invitations and offers wait for an answer."""
        return len(self.open_invitations) + len(self.open_offers)

    @property
    def open_invitations(self) -> list[Invitation]:
        return [row for row in self.invitations if row.state == Invitation.State.SENT]

    @property
    def open_offers(self) -> list[Offer]:
        return [row for row in self.offers if row.state == Offer.State.SENT]

    @property
    def is_live(self) -> bool:
        """Whether anything of it still runs, so that applying again makes no sense."""
        engaged = any(row.state != Engagement.State.ENDED for row in self.engagements)
        applied = any(row.state in Application.LIVE for row in self.applications)
        return engaged or applied or bool(self.open_offers)


def list_own(user: User, *, opening_id: UUID | None = None) -> OwnHiring:
    """Return the hiring of the expert who is logged in, in one opening if named; at most 100 rows of a kind."""

    def own(model: Any) -> list[Any]:
        rows = model.objects.filter(expert__user_id=user.pk).select_related("opening__project__organization", "expert")
        if opening_id is not None:
            rows = rows.filter(opening_id=opening_id)
        return list(rows.order_by("-id")[:100])

    return OwnHiring(own(Invitation), own(Offer), own(Application), own(Engagement))


def list_workers_of(user: User) -> QuerySet[Engagement, Any]:
    """Return the user ids of everyone engaged in an organization where ``user`` reads quality."""
    rows = Engagement.objects.filter(opening__project__organization__in=organizations_with(user, "quality.read"))
    return rows.values_list("expert__user_id", flat=True).distinct()


def _get(model: Any, user: User, row_id: UUID, refusal: type[NotFound], *, lock: bool) -> Any:
    rows = model.objects.select_related("opening__project__organization", "expert__user").filter(
        id__in=model.objects.visible_to(user).filter(id=row_id).values("id")
    )
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise refusal
    return row
