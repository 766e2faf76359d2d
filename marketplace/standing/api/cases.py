"""Cases over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_body, read_filters
from common.api.fields import CodeField
from common.api.views import ANY_USER
from common.errors import InvalidInput
from marketplace.standing import commands
from marketplace.standing.commands.words import LONGEST
from marketplace.standing.models import Case
from marketplace.standing.queries import count_cases, find_pause_impact, get_case, list_cases
from marketplace.standing.rules import DECIDE_CASES, OPEN_CASES, URGENT_CODES
from quality.facade import Finding, ScopeCodes


class CaseFilter(Serializer):
    """Narrows the list of cases."""

    state = serializers.ChoiceField(Case.State.choices, required=False)
    kind = serializers.ChoiceField(Case.Kind.choices, required=False)
    worker = serializers.UUIDField(required=False)


class CaseIn(Serializer):
    """A proposal to take up, or a person's own report about a worker in a scope; and what was tried first."""

    tried = TextField(max_length=LONGEST)
    proposal = serializers.UUIDField(required=False)
    worker = serializers.UUIDField(required=False)
    domain = CodeField(max_length=120, required=False, default="", allow_blank=True)
    locale = CodeField(max_length=35, required=False, default="", allow_blank=True)
    task_kind = CodeField(max_length=60, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(["PAUSE", "COACH", "RESTORE"], required=False)
    report = TextField(max_length=LONGEST, required=False)


class CaseTextIn(Serializer):
    """What the worker says."""

    text = TextField(max_length=LONGEST)


class UrgentPauseIn(Serializer):
    """Why the scope must be closed before any decision."""

    code = serializers.ChoiceField(list(URGENT_CODES.items()))
    reason = TextField(max_length=LONGEST)


class CaseDecisionIn(Serializer):
    """What another person decides, in words that the worker reads."""

    outcome = serializers.ChoiceField(Case.Outcome.choices)
    reason = TextField(max_length=LONGEST)


class CaseAppealDecisionIn(Serializer):
    """What somebody uninvolved decides; ``withdrawn`` names reviews of the worker's work that were found wrong."""

    outcome = serializers.ChoiceField(Case.AppealOutcome.choices)
    answer = TextField(max_length=LONGEST)
    withdrawn = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=500)


class CaseOut(serializers.Serializer[Any]):
    """A case; who opened, decided or heard it is not named here. ``evidence`` is the proposal's, empty for a report."""

    id = serializers.UUIDField()
    worker_id = serializers.UUIDField()
    domain = serializers.CharField()
    locale = serializers.CharField()
    task_kind = serializers.CharField()
    kind = serializers.ChoiceField(Case.Kind.choices)
    state = serializers.ChoiceField(Case.State.choices)
    evidence = serializers.DictField()
    report_text = serializers.CharField(allow_blank=True)
    tried_text = serializers.CharField()
    opened_at = serializers.DateTimeField()
    ground_lost_at = serializers.DateTimeField(allow_null=True)
    notice_at = serializers.DateTimeField(allow_null=True)
    answer_due_at = serializers.DateTimeField(allow_null=True)
    extended_at = serializers.DateTimeField(allow_null=True)
    answer_text = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    urgent_code = serializers.CharField(allow_blank=True)
    urgent_text = serializers.CharField(allow_blank=True)
    urgent_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    appeal_text = serializers.CharField(allow_blank=True)
    appealed_at = serializers.DateTimeField(allow_null=True)
    appeal_due_at = serializers.DateTimeField(allow_null=True)
    appeal_outcome = serializers.CharField(allow_blank=True)
    appeal_decided_at = serializers.DateTimeField(allow_null=True)
    appeal_answer = serializers.CharField(allow_blank=True)


class CasePage(serializers.Serializer[Any]):
    """A page of cases."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CaseOut(many=True)


class CaseNumbersOut(serializers.Serializer[Any]):
    """The numbers of the last twelve months, over everybody."""

    opened = serializers.IntegerField()
    no_action = serializers.IntegerField()
    feedback = serializers.IntegerField()
    paused = serializers.IntegerField()
    promoted = serializers.IntegerField()
    restored = serializers.IntegerField()
    appealed = serializers.IntegerField()
    overturned = serializers.IntegerField()


class CountryImpactOut(serializers.Serializer[Any]):
    """How the people of one country fared; ``country`` is empty for smaller countries together.

    ``times``: their share over that of all others, null where no other was hit. ``p``: the exact test's, corrected for the
    number of countries. ``finding`` is null where there is no other country to compare with.
    """

    country = serializers.CharField()
    name = serializers.CharField()
    people = serializers.IntegerField()
    hit = serializers.IntegerField()
    times = serializers.FloatField(allow_null=True)
    p = serializers.FloatField()
    finding = serializers.ChoiceField([(each.value, each.value) for each in Finding], allow_null=True)


class PauseImpactOut(serializers.Serializer[Any]):
    """Whom pauses fell on in the last twelve months: proposed by the gates, and decided by people and not taken back.

    The caller is not counted. Of those counted under ``…_elsewhere`` no country is known any more.
    """

    people = serializers.IntegerField()
    proposed = CountryImpactOut(many=True)
    paused = CountryImpactOut(many=True)
    proposed_elsewhere = serializers.IntegerField()
    paused_elsewhere = serializers.IntegerField()


class CasesView(APIView):
    """Cases that concern the caller."""

    grants: ClassVar = {"get": ANY_USER, "post": OPEN_CASES}

    @extend_schema(parameters=[CaseFilter], responses=CasePage)
    def get(self, request: Request) -> Response:
        """List the cases about oneself, those of one's organizations, and for operators all."""
        filters = read_filters(request, CaseFilter)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        pages = CursorPagination()
        page = pages.paginate_queryset(list_cases(request.user).filter(**filters), request, view=self) or []
        return pages.get_paginated_response([show_case(row) for row in page])

    @extend_schema(request=CaseIn, responses={201: CaseOut})
    def post(self, request: Request) -> Response:
        """Open a case: from a proposal, or on one's own report. The worker is told and has seven days to answer."""
        body = read_body(request, CaseIn)
        given = {"tried": body["tried"], "by": request.user, "now": clock.now()}
        if "proposal" in body:
            return Response(show_case(commands.open_case(proposal_id=body["proposal"], **given)), status=201)
        missing = [name for name in ("worker", "kind", "report") if name not in body]
        if missing:
            raise InvalidInput.of(f"/{missing[0]}", "Name a proposal, or worker, kind and report.", "required")
        scope = ScopeCodes(body["domain"], body["locale"], body["task_kind"])
        row = commands.report_case(
            worker_id=body["worker"], scope=scope, kind=body["kind"], report=body["report"], **given
        )
        return Response(show_case(row), status=201)


class CaseView(APIView):
    """One case."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(responses=CaseOut)
    def get(self, request: Request, case_id: UUID) -> Response:
        """Return a case."""
        return Response(show_case(get_case(request.user, case_id)))


class CaseNumbersView(APIView):
    """How often cases end how."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(responses=CaseNumbersOut)
    def get(self, request: Request) -> Response:
        """Return the numbers of the last twelve months."""
        return Response(asdict(count_cases(now=clock.now())))


class CaseImpactView(APIView):
    """Whether pauses fall on people of one country more than on the others."""

    grants: ClassVar = {"get": (DECIDE_CASES, "audit.read")}

    @extend_schema(responses=PauseImpactOut)
    def get(self, request: Request) -> Response:
        """Return both stages, country by country of residence."""
        return Response(asdict(find_pause_impact(request.user, now=clock.now())))


class CaseAnswerView(APIView):
    """The worker's answer."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=CaseTextIn, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Answer a case about oneself before its window ends."""
        text = read_body(request, CaseTextIn)["text"]
        row = commands.answer_case(case_id=case_id, text=text, by=request.user, now=clock.now())
        return Response(show_case(row))


class CaseExtensionView(APIView):
    """Seven more days."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=None, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Give oneself seven more days to answer, once."""
        return Response(show_case(commands.extend_answer(case_id=case_id, by=request.user, now=clock.now())))


class CaseAppealView(APIView):
    """The worker's appeal."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=CaseTextIn, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Ask, once and within 30 days, that somebody who took no part decides again."""
        text = read_body(request, CaseTextIn)["text"]
        row = commands.appeal_case(case_id=case_id, text=text, by=request.user, now=clock.now())
        return Response(show_case(row))


class UrgentPauseView(APIView):
    """The pause before a decision."""

    grants: ClassVar = {"post": DECIDE_CASES}

    @extend_schema(request=UrgentPauseIn, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Close the scope for 72 hours, once, for a named reason."""
        body = read_body(request, UrgentPauseIn)
        row = commands.pause_urgently(case_id=case_id, by=request.user, now=clock.now(), **body)
        return Response(show_case(row))


class CaseDecisionView(APIView):
    """The decision by another person than the one who opened."""

    grants: ClassVar = {"post": DECIDE_CASES}

    @extend_schema(request=CaseDecisionIn, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Decide; what costs the worker something waits for the answer or the end of its window."""
        body = read_body(request, CaseDecisionIn)
        row = commands.decide_case(case_id=case_id, by=request.user, now=clock.now(), **body)
        return Response(show_case(row))


class CaseAppealDecisionView(APIView):
    """The decision of the appeal by somebody uninvolved."""

    grants: ClassVar = {"post": DECIDE_CASES}

    @extend_schema(request=CaseAppealDecisionIn, responses=CaseOut)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Uphold or overturn; overturned, the scope is open again at once."""
        body = read_body(request, CaseAppealDecisionIn)
        row = commands.decide_case_appeal(case_id=case_id, by=request.user, now=clock.now(), **body)
        return Response(show_case(row))


def show_case(row: Case) -> dict[str, Any]:
    """Return a case as JSON."""
    return dict(CaseOut(row).data)
