"""Invitations, offers and engagements within the caller's scope."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.errors import NotFound
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
