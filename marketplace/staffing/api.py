"""Matches, invitations, offers and engagements over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import LIMIT, APIView, CursorPagination, Request, page_of, read_body, read_filters
from common.permissions import require_grant
from marketplace.experts.models import Expert
from marketplace.projects.models import Opening
from marketplace.projects.queries import get_managed_opening, get_opening
from marketplace.staffing import commands
from marketplace.staffing import serializers as json
from marketplace.staffing.errors import ExpertNotFound
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.staffing.queries import (
    funnel,
    get_engagement,
    get_invitation,
    get_offer,
    list_matches,
    matching_openings,
    why_not,
)


class MatchesView(APIView):
    """Who fits an opening."""

    grants: ClassVar = {"get": "experts.search"}

    @extend_schema(parameters=[json.MatchFilter, LIMIT], responses=json.MatchesOut)
    def get(self, request: Request, opening_id: UUID) -> Response:
        """List the best eligible experts with the reason rule by rule, at most ``limit`` (50)."""
        filters = read_filters(request, json.MatchFilter)
        limit = CursorPagination().get_page_size(request)
        opening = _opening_to_staff(request, opening_id)
        matches = list_matches(opening, now=clock.now(), limit=limit, words=filters["words"])
        return Response({"results": [json.show_match(match) for match in matches]})


class FunnelView(APIView):
    """How the hard rules narrow the supply."""

    grants: ClassVar = {"get": "experts.search"}

    @extend_schema(responses=json.FunnelStepOut(many=True))
    def get(self, request: Request, opening_id: UUID) -> Response:
        """Return how many experts are left after each hard rule, and what relaxing each one alone would give."""
        read_filters(request)
        steps = funnel(_opening_to_staff(request, opening_id))
        return Response(json.FunnelStepOut(steps, many=True).data)


class WhyNotView(APIView):
    """Every rule's verdict on one pair."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=json.MatchOut)
    def get(self, request: Request, opening_id: UUID, expert_id: UUID) -> Response:
        """Say of any expert (or of oneself) which rules of an opening pass and which fail, with what would mend it."""
        read_filters(request)
        opening = get_opening(request.user, opening_id)
        own = Expert.objects.filter(id=expert_id, user_id=request.user.pk).exists()
        if not own:
            opening = _opening_to_staff(request, opening_id)
        match = why_not(expert_id, opening, now=clock.now())
        if match is None:
            raise ExpertNotFound
        return Response(json.show_match(match))


class OpeningSearchView(APIView):
    """What an expert can find."""

    grants: ClassVar = {"get": "projects.browse"}

    @extend_schema(responses=json.OpeningMatchesOut)
    def get(self, request: Request) -> Response:
        """List every open opening: those one is eligible for first, each with its reasons."""
        read_filters(request)
        expert = Expert.objects.select_related("user").get(user_id=request.user.pk)
        pairs = matching_openings(expert, now=clock.now())
        return Response({"results": [json.show_opening_match(*pair) for pair in pairs]})


class InvitationsView(APIView):
    """Invitations of an opening."""

    grants: ClassVar = {"post": "staffing.manage"}

    @extend_schema(request=json.InvitationIn, responses={201: json.InvitationOut(many=True)})
    def post(self, request: Request, opening_id: UUID) -> Response:
        """Invite experts, all of them or none."""
        body = read_body(request, json.InvitationIn)
        rows = commands.invite(
            opening_id=opening_id,
            expert_ids=body["experts"],
            message=body["message"],
            expires_at=body["expires_at"],
            by=request.user,
            now=clock.now(),
        )
        return Response([json.show_invitation(row) for row in rows], status=201)


class InvitationListView(APIView):
    """Invitations that concern the caller."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[json.StaffingFilter], responses=page_of(json.InvitationOut))
    def get(self, request: Request) -> Response:
        """List invitations to oneself, and those of one's organizations' openings."""
        return _list(self, request, Invitation, json.INVITATION_COLUMNS, json.show_invitation)


class InvitationAnswerView(APIView):
    """An expert's answer."""

    grants: ClassVar = {"post": "offers.answer"}

    @extend_schema(request=json.InvitationAnswerIn, responses=json.InvitationOut)
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Accept an invitation, which applies for the opening, or decline it."""
        body = read_body(request, json.InvitationAnswerIn)
        commands.answer_invitation(invitation_id=invitation_id, by=request.user, now=clock.now(), **body)
        return Response(json.show_invitation(get_invitation(request.user, invitation_id)))


class OffersView(APIView):
    """Offers of an opening."""

    grants: ClassVar = {"post": "staffing.manage"}

    @extend_schema(request=json.OfferIn, responses={201: json.OfferOut})
    def post(self, request: Request, opening_id: UUID) -> Response:
        """Offer the opening to an expert on one pay line."""
        body = read_body(request, json.OfferIn)
        offer = commands.OfferInput(
            expert_id=body["expert"],
            pay_line_id=body["pay_line"],
            weekly_cap_minutes=body["weekly_cap_minutes"],
            expires_at=body["expires_at"],
        )
        row = commands.send_offer(opening_id=opening_id, offer=offer, by=request.user, now=clock.now())
        return Response(json.show_offer(row), status=201)


class OfferListView(APIView):
    """Offers that concern the caller."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[json.StaffingFilter], responses=page_of(json.OfferOut))
    def get(self, request: Request) -> Response:
        """List offers to oneself, and those of one's organizations' openings."""
        return _list(self, request, Offer, json.OFFER_COLUMNS, json.show_offer)


class OfferView(APIView):
    """One offer."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=json.OfferOut)
    def get(self, request: Request, offer_id: UUID) -> Response:
        """Return an offer with its frozen terms."""
        return Response(json.show_offer(get_offer(request.user, offer_id)))


class OfferAcceptView(APIView):
    """An expert's yes."""

    grants: ClassVar = {"post": "offers.answer"}

    @extend_schema(request=None, responses={201: json.EngagementOut})
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Accept an offer: the engagement begins."""
        row = commands.accept_offer(offer_id=offer_id, by=request.user, now=clock.now())
        return Response(json.show_engagement(row), status=201)


class OfferDeclineView(APIView):
    """An expert's no."""

    grants: ClassVar = {"post": "offers.answer"}

    @extend_schema(request=json.DeclineIn, responses=json.OfferOut)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Decline an offer."""
        body = read_body(request, json.DeclineIn)
        row = commands.decline_offer(offer_id=offer_id, by=request.user, now=clock.now(), **body)
        return Response(json.show_offer(row))


class OfferRescindView(APIView):
    """A manager's taking back."""

    grants: ClassVar = {"post": "staffing.manage"}

    @extend_schema(request=json.RescindIn, responses=json.OfferOut)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Take back an unanswered offer, with a reason."""
        body = read_body(request, json.RescindIn)
        row = commands.rescind_offer(offer_id=offer_id, by=request.user, now=clock.now(), **body)
        return Response(json.show_offer(row))


class EngagementsView(APIView):
    """Engagements that concern the caller."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[json.StaffingFilter], responses=page_of(json.EngagementOut))
    def get(self, request: Request) -> Response:
        """List one's own engagements, and those of one's organizations."""
        return _list(self, request, Engagement, json.ENGAGEMENT_COLUMNS, json.show_engagement)


class EngagementView(APIView):
    """One engagement."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=json.EngagementOut)
    def get(self, request: Request, engagement_id: UUID) -> Response:
        """Return an engagement."""
        return Response(json.show_engagement(get_engagement(request.user, engagement_id)))


class EngagementStateView(APIView):
    """An engagement's state."""

    grants: ClassVar = {"post": ""}

    @extend_schema(request=json.EngagementStateIn, responses=json.EngagementOut)
    def post(self, request: Request, engagement_id: UUID) -> Response:
        """Pause, resume or end an engagement; an end says why."""
        body = read_body(request, json.EngagementStateIn)
        to = body.pop("state")
        row = commands.move_engagement(engagement_id=engagement_id, to=to, by=request.user, now=clock.now(), **body)
        return Response(json.show_engagement(row))


def _opening_to_staff(request: Request, opening_id: UUID) -> Opening:
    opening = get_managed_opening(request.user, opening_id)
    require_grant(request.user, "experts.search", tenant=opening.project.organization_id)
    return opening


def _list(
    view: APIView, request: Request, model: Any, columns: tuple[str, ...], show: Callable[[Any], dict[str, Any]]
) -> Response:
    filters = read_filters(request, json.StaffingFilter)
    rows = model.objects.visible_to(request.user)
    if "opening" in filters:
        rows = rows.filter(opening_id=filters["opening"])
    if "state" in filters:
        rows = rows.filter(state=filters["state"])
    pages = CursorPagination()
    page: list[Any] = pages.paginate_queryset(rows.values(*columns), request, view=view) or []
    return pages.get_paginated_response([show(row) for row in page])
