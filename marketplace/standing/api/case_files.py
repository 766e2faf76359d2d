"""The evidence of a case unit by unit, disputes and drafts over HTTP, and the whole case as one file."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, Request, Serializer, TextField, read_body, read_filters
from common.api.views import ANY_USER
from marketplace.standing import commands
from marketplace.standing.api.cases import CaseOut
from marketplace.standing.commands.words import LONGEST
from marketplace.standing.models import CaseDraft
from marketplace.standing.queries import find_answer_draft, get_case, get_own_case, list_units


class CaseDraftIn(Serializer):
    """An answer that is not sent yet; an empty one is no draft."""

    text = TextField(max_length=LONGEST, allow_blank=True)


class CaseDraftOut(serializers.Serializer[Any]):
    """What was saved last."""

    text = serializers.CharField(allow_blank=True)
    saved_at = serializers.DateTimeField(allow_null=True)


class CaseDisputeIn(Serializer):
    """Which unit was judged wrongly, and why."""

    review = serializers.UUIDField()
    text = TextField(max_length=LONGEST)


class CaseDisputeOut(serializers.Serializer[Any]):
    """A dispute of one unit."""

    review = serializers.UUIDField(source="review_id")
    text = serializers.CharField()
    at = serializers.DateTimeField()


class CaseUnitOut(serializers.Serializer[Any]):
    """One reviewed piece of work; the reviewer is not named."""

    review = serializers.UUIDField()
    unit = serializers.CharField()
    decided_at = serializers.DateTimeField()
    decision = serializers.ChoiceField(["Accepted", "Returned", "Rejected"])
    scores = serializers.DictField(child=serializers.FloatField(), help_text="Shares, by criterion.")
    words = serializers.CharField(allow_blank=True)
    effect = serializers.FloatField(
        allow_null=True,
        help_text="How much higher (a share) the score was with this review than without it; null where it does not count.",
    )
    dispute = serializers.CharField(allow_blank=True)
    disputed_at = serializers.DateTimeField(allow_null=True)


class CaseFileOut(serializers.Serializer[Any]):
    """A case with its evidence unit by unit, those that cost the score most first, as far as the reader may see it."""

    case = CaseOut()
    units = CaseUnitOut(many=True)
    are_units_counted = serializers.BooleanField(help_text="False where planted items decide, not reviews.")
    written_at = serializers.DateTimeField()


class CaseFileView(APIView):
    """The file of a case."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(responses=CaseFileOut)
    def get(self, request: Request, case_id: UUID) -> Response:
        """Return a case with all its evidence, to keep."""
        read_filters(request)
        case = get_case(request.user, case_id)
        found = list_units(case, request.user)
        body = {
            "case": case,
            "units": found.units,
            "are_units_counted": found.are_counted,
            "written_at": clock.now(),
        }
        return Response(CaseFileOut(body).data)


class CaseDisputesView(APIView):
    """The worker's word against single units."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=CaseDisputeIn, responses={201: CaseDisputeOut})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Dispute one unit of a case about oneself, once, before its window ends."""
        body = read_body(request, CaseDisputeIn)
        row = commands.dispute_unit(
            case_id=case_id, review_id=body["review"], text=body["text"], by=request.user, now=clock.now()
        )
        return Response(CaseDisputeOut(row).data, status=201)


class CaseDraftView(APIView):
    """An answer that is not sent yet."""

    grants: ClassVar = {"get": "appeals.open", "put": "appeals.open"}

    @extend_schema(responses=CaseDraftOut)
    def get(self, request: Request, case_id: UUID) -> Response:
        """Return one's own draft; nobody else reads it."""
        read_filters(request)
        return Response(_show(find_answer_draft(get_own_case(request.user, case_id))))

    @extend_schema(request=CaseDraftIn, responses=CaseDraftOut)
    def put(self, request: Request, case_id: UUID) -> Response:
        """Keep a draft in place of the last one, before the window ends."""
        text = read_body(request, CaseDraftIn)["text"]
        row = commands.save_answer_draft(case_id=case_id, text=text, by=request.user, now=clock.now())
        return Response(_show(row))


def _show(row: CaseDraft | None) -> dict[str, Any]:
    return {"text": "", "saved_at": None} if row is None else dict(CaseDraftOut(row).data)
