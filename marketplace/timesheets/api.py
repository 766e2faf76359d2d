"""Time over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import (
    APIView,
    CodeField,
    CursorPagination,
    DayField,
    InstantField,
    Request,
    Serializer,
    StrictIntegerField,
    TextField,
    read_body,
    read_filters,
)
from marketplace.staffing.queries import get_engagement
from marketplace.timesheets import commands
from marketplace.timesheets.commands import ReportInput
from marketplace.timesheets.commands.tracking import MOST_REPORTS
from marketplace.timesheets.models import TimeDecision, TimeEntry, TimeEvent
from marketplace.timesheets.queries import get_entry, week_sheet

TRACK, APPROVE = "time.track", "time.approve"


class ReportIn(Serializer):
    """One report of a device."""

    sequence = StrictIntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(TimeEvent.Kind.choices)
    client_at = InstantField()


class ReportsIn(Serializer):
    """A device's reports, live or from an offline time."""

    engagement = serializers.UUIDField()
    device = CodeField(max_length=64)
    events = serializers.ListField(child=ReportIn(), min_length=1, max_length=MOST_REPORTS)


class EntryIn(Serializer):
    """Time entered by hand."""

    engagement = serializers.UUIDField()
    starts_at = InstantField()
    ends_at = InstantField()
    reason = TextField(max_length=2000)


class TimerIn(Serializer):
    """What the timer is for."""

    engagement = serializers.UUIDField()


class EntriesIn(Serializer):
    """Entries to approve in full."""

    entries = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)


class CutIn(Serializer):
    """How much of an entry counts, and why not all of it."""

    approved_seconds = StrictIntegerField(min_value=0, max_value=86_400)
    reason_code = serializers.ChoiceField(TimeDecision.ReasonCode.choices)
    reason_text = TextField(max_length=4000)


class EntryFilter(Serializer):
    """Narrows the list of entries."""

    engagement = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(TimeEntry.State.choices, required=False)


class WeekFilter(Serializer):
    """The week of a day, in an engagement."""

    engagement = serializers.UUIDField()
    day = DayField(required=False)


class EntryOut(serializers.ModelSerializer[TimeEntry]):
    """A half-open stretch of time; ``ends_at`` is null while the timer runs."""

    worker_id = serializers.UUIDField(source="expert_user_id")
    engagement = serializers.UUIDField(source="engagement_id")

    class Meta:
        model = TimeEntry
        fields = ("id", "worker_id", "engagement", "kind", "state", "starts_at", "ends_at", "zone", "reason", "version")


class EntryPage(serializers.Serializer[Any]):
    """A page of entries."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntryOut(many=True)


class DecisionOut(serializers.ModelSerializer[TimeDecision]):
    """A decision on one entry."""

    entry = serializers.UUIDField(source="entry_id")

    class Meta:
        model = TimeDecision
        fields = ("id", "entry", "decision", "approved_seconds", "reason_code", "reason_text", "decided_at")


class DayOut(serializers.Serializer[Any]):
    """Seconds on one local day."""

    day = serializers.DateField()
    seconds = serializers.IntegerField()


class WeekOut(serializers.Serializer[Any]):
    """A week by the expert's zone, with the instants that bound it."""

    engagement = serializers.UUIDField()
    zone = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    total_seconds = serializers.IntegerField()
    days = DayOut(many=True)
    entries = EntryOut(many=True)


class ReportsView(APIView):
    """What devices report."""

    grants: ClassVar = {"post": TRACK}

    @extend_schema(request=ReportsIn, responses=EntryOut(many=True))
    def post(self, request: Request) -> Response:
        """Keep reports and return the entries they change; sent twice, they change nothing."""
        body = read_body(request, ReportsIn)
        rows = commands.record_reports(
            engagement_id=body["engagement"],
            device=body["device"],
            reports=[ReportInput(**each) for each in body["events"]],
            by=request.user,
            now=clock.now(),
        )
        return Response(EntryOut(rows, many=True).data)


class TimerStartView(APIView):
    """The timer's start."""

    grants: ClassVar = {"post": TRACK}

    @extend_schema(request=TimerIn, responses={201: EntryOut})
    def post(self, request: Request) -> Response:
        """Start the timer for an engagement."""
        body = read_body(request, TimerIn)
        row = commands.start_timer(engagement_id=body["engagement"], by=request.user, now=clock.now())
        return Response(EntryOut(row).data, status=201)


class TimerStopView(APIView):
    """The timer's end."""

    grants: ClassVar = {"post": TRACK}

    @extend_schema(request=None, responses=EntryOut)
    def post(self, request: Request) -> Response:
        """Stop the running timer."""
        return Response(EntryOut(commands.stop_timer(by=request.user, now=clock.now())).data)


class TimerBeatView(APIView):
    """A sign of life."""

    grants: ClassVar = {"post": TRACK}

    @extend_schema(request=None, responses=EntryOut)
    def post(self, request: Request) -> Response:
        """Say that the person is still there; without it for 15 minutes the timer ends at the last one."""
        return Response(EntryOut(commands.beat_timer(by=request.user, now=clock.now())).data)


class EntriesView(APIView):
    """Time entries that concern the caller."""

    grants: ClassVar = {"get": "", "post": TRACK}

    @extend_schema(parameters=[EntryFilter], responses=EntryPage)
    def get(self, request: Request) -> Response:
        """List one's own entries, and those one may decide on."""
        filters = read_filters(request, EntryFilter)
        rows = TimeEntry.objects.visible_to(request.user)
        if "engagement" in filters:
            rows = rows.filter(engagement_id=filters["engagement"])
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(EntryOut(page, many=True).data)

    @extend_schema(request=EntryIn, responses={201: EntryOut})
    def post(self, request: Request) -> Response:
        """Enter time by hand, with a reason."""
        body = read_body(request, EntryIn)
        engagement_id = body.pop("engagement")
        row = commands.add_manual_entry(engagement_id=engagement_id, by=request.user, now=clock.now(), **body)
        return Response(EntryOut(row).data, status=201)


class EntryView(APIView):
    """One entry."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=EntryOut)
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Return an entry."""
        return Response(EntryOut(get_entry(request.user, entry_id)).data)


class EntryWithdrawView(APIView):
    """The expert's taking back."""

    grants: ClassVar = {"post": TRACK}

    @extend_schema(request=None, responses=EntryOut)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Take back one's own entry before it is decided."""
        row = commands.withdraw_entry(entry_id=entry_id, by=request.user, now=clock.now())
        return Response(EntryOut(row).data)


class EntryCutView(APIView):
    """A cut."""

    grants: ClassVar = {"post": APPROVE}

    @extend_schema(request=CutIn, responses=DecisionOut)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Approve only a part of an entry, with a code and words; that part is paid at once."""
        body = read_body(request, CutIn)
        row = commands.cut_entry(entry_id=entry_id, by=request.user, now=clock.now(), **body)
        return Response(DecisionOut(row).data)


class ApprovalsView(APIView):
    """Approvals by line."""

    grants: ClassVar = {"post": APPROVE}

    @extend_schema(request=EntriesIn, responses=DecisionOut(many=True))
    def post(self, request: Request) -> Response:
        """Approve entries in full, all or none; each is paid in the same transaction."""
        ids = read_body(request, EntriesIn)["entries"]
        rows = commands.approve_entries(entry_ids=ids, by=request.user, now=clock.now())
        return Response(DecisionOut(rows, many=True).data)


class WeekView(APIView):
    """The weekly sheet."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[WeekFilter], responses=WeekOut)
    def get(self, request: Request) -> Response:
        """Return the week of a day (today) of one engagement, by the expert's zone."""
        filters = read_filters(request, WeekFilter)
        engagement = get_engagement(request.user, filters["engagement"])
        day: date = filters.get("day") or clock.now().date()
        sheet = week_sheet(engagement, day=day)
        days = [{"day": each, "seconds": seconds} for each, seconds in sorted(sheet.seconds_by_day.items())]
        answer = {
            "engagement": engagement.id,
            "zone": sheet.zone,
            "starts_at": sheet.starts_at,
            "ends_at": sheet.ends_at,
            "total_seconds": sheet.total_seconds,
            "days": days,
            "entries": sheet.entries,
        }
        return Response(WeekOut(answer).data)
