"""Proposals and bars over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_body, read_filters
from common.api.fields import CodeField
from quality.methods.gates import Kind
from quality.policies import commands
from quality.policies.commands.bars import LONGEST_REASON, SET
from quality.policies.commands.closing import DECIDE
from quality.policies.models import Proposal, ScopeBar
from quality.policies.queries import get_visible_proposal, list_bars, visible_proposals
from quality.policies.queries.proposals import view_of
from quality.policies.values import ProposalView
from quality.scopes.rules import ScopeCodes

KINDS = [kind.value for kind in Kind]


class QualityProposalFilter(Serializer):
    """Narrows the list of proposals."""

    state = serializers.ChoiceField(Proposal.State.choices, required=False)
    kind = serializers.ChoiceField(KINDS, required=False)
    worker = serializers.UUIDField(required=False)


class TurnDownIn(Serializer):
    """Why nothing is to come of a proposal."""

    reason = TextField(max_length=LONGEST_REASON)


class BarsIn(Serializer):
    """What is asked of a scope; a code left out means any."""

    domain = CodeField(max_length=120, required=False, default="", allow_blank=True)
    locale = CodeField(max_length=35, required=False, default="", allow_blank=True)
    task_kind = CodeField(max_length=60, required=False, default="", allow_blank=True)
    bar = serializers.FloatField(help_text="Share, 0 to 1.")
    promote_bar = serializers.FloatField(help_text="Share, 0 to 1, above the bar.")
    reason = TextField(max_length=LONGEST_REASON)


class ProposalScopeOut(serializers.Serializer[Any]):
    """A scope's codes; an empty one means any."""

    domain = serializers.CharField()
    locale = serializers.CharField()
    task_kind = serializers.CharField()


class CheckOut(serializers.Serializer[Any]):
    """One condition of the gate: what was found and the least that passes."""

    words = serializers.CharField()
    value = serializers.FloatField()
    least = serializers.FloatField()
    passes = serializers.BooleanField()


class ProposalReasonOut(serializers.Serializer[Any]):
    """One reason of the score; ``delta`` is in shares."""

    words = serializers.CharField()
    evidence_kind = serializers.CharField()
    delta = serializers.FloatField()


class SnapshotOut(serializers.Serializer[Any]):
    """What the proposal rests on, as it was: ``prior`` plus the deltas of ``why`` is ``score``."""

    score = serializers.FloatField()
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    n_eff = serializers.FloatField()
    is_falling = serializers.BooleanField()
    bar = serializers.FloatField()
    checks = CheckOut(many=True)
    prior = serializers.FloatField()
    why = ProposalReasonOut(many=True)
    version = serializers.CharField()


class QualityProposalOut(serializers.Serializer[Any]):
    """Something that is proposed to a person about one worker in one scope."""

    id = serializers.UUIDField()
    worker_id = serializers.UUIDField()
    scope = ProposalScopeOut()
    kind = serializers.ChoiceField(KINDS)
    state = serializers.ChoiceField(Proposal.State.choices)
    evidence = SnapshotOut()
    proposed_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    reason_text = serializers.CharField(allow_blank=True)
    ground_lost_at = serializers.DateTimeField(allow_null=True)


class QualityProposalPage(serializers.Serializer[Any]):
    """A page of proposals."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = QualityProposalOut(many=True)


class ScopeBarOut(serializers.Serializer[Any]):
    """What is asked of a scope, since when and why."""

    id = serializers.UUIDField()
    scope = ProposalScopeOut()
    bar = serializers.FloatField()
    promote_bar = serializers.FloatField()
    reason_text = serializers.CharField()
    set_at = serializers.DateTimeField()


class ScopeBarPage(serializers.Serializer[Any]):
    """A page of bars."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ScopeBarOut(many=True)


class ProposalsView(APIView):
    """Proposals about the workers whom the caller may see."""

    grants: ClassVar = {"get": (DECIDE, "audit.read")}

    @extend_schema(parameters=[QualityProposalFilter], responses=QualityProposalPage)
    def get(self, request: Request) -> Response:
        """Return a page of proposals, the newest first."""
        filters = read_filters(request, QualityProposalFilter)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        pages = CursorPagination()
        page = pages.paginate_queryset(visible_proposals(request.user).filter(**filters), request, view=self) or []
        return pages.get_paginated_response([show_proposal(view_of(row)) for row in page])


class OneProposalView(APIView):
    """One proposal."""

    grants: ClassVar = {"get": (DECIDE, "audit.read")}

    @extend_schema(responses=QualityProposalOut)
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """Return a proposal with what it rests on."""
        return Response(show_proposal(get_visible_proposal(request.user, proposal_id)))


class ProposalTurnDownView(APIView):
    """A person's no to a proposal."""

    grants: ClassVar = {"post": DECIDE}

    @extend_schema(request=TurnDownIn, responses=QualityProposalOut)
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """End an open proposal with a reason; the same is not proposed again for 30 days."""
        reason = read_body(request, TurnDownIn)["reason"]
        row = commands.turn_down_proposal(proposal_id=proposal_id, reason=reason, by=request.user, now=clock.now())
        return Response(show_proposal(row))


class BarsView(APIView):
    """What is asked of each scope."""

    grants: ClassVar = {"get": (DECIDE, SET, "audit.read"), "post": SET}

    @extend_schema(responses=ScopeBarPage)
    def get(self, request: Request) -> Response:
        """Return the bars in force, the newest first."""
        read_filters(request, Serializer)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_bars(), request, view=self) or []
        return pages.get_paginated_response([show_bars(row) for row in page])

    @extend_schema(request=BarsIn, responses={201: ScopeBarOut})
    def post(self, request: Request) -> Response:
        """Ask other bars of a scope from now on, with a reason."""
        body = read_body(request, BarsIn)
        scope = ScopeCodes(body.pop("domain"), body.pop("locale"), body.pop("task_kind"))
        row = commands.set_bars(scope=scope, by=request.user, now=clock.now(), **body)
        return Response(show_bars(row), status=201)


def show_proposal(view: ProposalView) -> dict[str, Any]:
    """Return a proposal as JSON."""
    return dict(QualityProposalOut(view).data)


def show_bars(row: ScopeBar) -> dict[str, Any]:
    """Return bars as JSON."""
    return {
        "id": str(row.id),
        "scope": dict(ProposalScopeOut(row.scope).data),
        "bar": row.bar,
        "promote_bar": row.promote_bar,
        "reason_text": row.reason_text,
        "set_at": row.set_at,
    }
