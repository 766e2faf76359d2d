"""Planted items and withdrawals over HTTP, for whoever corrects quality."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_body, read_filters
from quality.evidence.models import GoldItem
from quality.evidence.values import GoldKind, RetirementReason
from quality.withdrawals import commands
from quality.withdrawals.models import Withdrawal, WithdrawalEffect
from quality.withdrawals.queries import (
    CORRECT,
    get_withdrawal,
    list_effects,
    list_gold,
    list_key_findings,
    list_remaining_shares,
    list_reviewer_findings,
    list_withdrawals,
)
from quality.withdrawals.values import ReviewerFinding


class PlantedFilter(Serializer):
    """Narrows the list of planted items."""

    in_use = serializers.BooleanField(required=False)


class KeyFindingOut(serializers.Serializer[Any]):
    """What speaks against a planted item's key."""

    expected = serializers.FloatField(help_text="Finds to expect of the people who met it, with a right key.")
    chance_wrong = serializers.FloatField(help_text="Probability that the key is wrong, 0..1.")
    is_likely_wrong = serializers.BooleanField(help_text="Met by three people or more, and the chance is 0.9 or more.")
    words = serializers.CharField(allow_blank=True, help_text="The judgement; empty when too little speaks against it.")


class PlantedOut(serializers.Serializer[Any]):
    """A planted item, without its answer: how many people met it and found what was planted, and whether its key is wrong."""

    id = serializers.UUIDField()
    item_key = serializers.CharField()
    kind = serializers.ChoiceField(list(GoldKind))
    organization = serializers.CharField(source="tenant")
    met = serializers.IntegerField()
    found = serializers.IntegerField(source="hits")
    planted_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    retired_reason = serializers.ChoiceField(list(RetirementReason), allow_blank=True)
    finding = serializers.SerializerMethodField()

    @extend_schema_field(KeyFindingOut(allow_null=True))
    def get_finding(self, row: GoldItem) -> dict[str, Any] | None:
        """Return what speaks against the key; null when retired, or when nobody met it."""
        finding = self.context["findings"].get(row.id)
        return None if finding is None else dict(KeyFindingOut(finding).data)


class PlantedPage(serializers.Serializer[Any]):
    """A page of planted items."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PlantedOut(many=True)


class ReviewerFindingOut(serializers.Serializer[Any]):
    """How a reviewer scores against the others on the same people's work in one organization, in shares of a full score."""

    reviewer = serializers.UUIDField(source="reviewer_id")
    organization = serializers.CharField(source="tenant")
    reviews = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Whose work they reviewed.")
    difference = serializers.FloatField(help_text="Below the middle reviewer; positive = strict.")
    interval90 = serializers.SerializerMethodField()
    p = serializers.FloatField(help_text="Two-sided, corrected for the number of reviewers.")
    stands_out = serializers.BooleanField(help_text="P below 0.05 and a difference of 0.1 or more.")
    finding = serializers.CharField(source="words", allow_blank=True, help_text="The judgement in words.")

    def get_interval90(self, row: ReviewerFinding) -> list[float]:
        """Return low and high."""
        return [row.low90, row.high90]


class ReviewerFindingList(serializers.Serializer[Any]):
    """The reviewers who can be compared, the strictest first."""

    results = ReviewerFindingOut(many=True)


class WithdrawalIn(Serializer):
    """What is taken back, one of both, and why: a planted item whose key is wrong, or all of a reviewer."""

    planted_item = serializers.UUIDField(required=False)
    reviewer = serializers.UUIDField(required=False)
    organization = serializers.UUIDField(required=False, help_text="Where the reviewer's judgments are taken back.")
    words = TextField(max_length=commands.LONGEST_REASON)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both subjects, none, and a reviewer without an organization."""
        if ("planted_item" in attrs) == ("reviewer" in attrs):
            raise serializers.ValidationError({"planted_item": "Name a planted item or a reviewer, one of them."})
        if "reviewer" in attrs and "organization" not in attrs:
            raise serializers.ValidationError({"organization": "Say in which organization."})
        return attrs


class EffectOut(serializers.Serializer[Any]):
    """One score that moved: shares with their 90 % intervals."""

    worker = serializers.UUIDField(source="worker_id")
    domain = serializers.CharField(source="scope.domain")
    locale = serializers.CharField(source="scope.locale")
    task_kind = serializers.CharField(source="scope.task_kind")
    judgments = serializers.IntegerField(help_text="Taken back in this very scope.")
    before = serializers.FloatField(source="mean_before")
    interval90_before = serializers.SerializerMethodField()
    after = serializers.FloatField(source="mean_after")
    interval90_after = serializers.SerializerMethodField()
    remaining = serializers.SerializerMethodField()

    def get_interval90_before(self, row: WithdrawalEffect) -> list[float]:
        """Return low and high."""
        return [row.low90_before, row.high90_before]

    def get_interval90_after(self, row: WithdrawalEffect) -> list[float]:
        """Return low and high."""
        return [row.low90_after, row.high90_after]

    def get_remaining(self, row: WithdrawalEffect) -> float | None:
        """Return the plain share of what still counts of this kind in this very scope."""
        shares: dict[tuple[UUID, UUID], float] = self.context["remaining"]
        return shares.get((row.worker_id, row.scope_id))


class WithdrawalOut(serializers.Serializer[Any]):
    """What was taken back, by whom and why."""

    id = serializers.UUIDField()
    planted_item = serializers.UUIDField(source="gold_id", allow_null=True)
    reviewer = serializers.UUIDField(source="reviewer_id", allow_null=True)
    organization = serializers.CharField(source="tenant")
    words = serializers.CharField()
    finding = serializers.DictField(
        help_text="What the figures said at that moment; empty where they could say nothing."
    )
    judgments = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Whose scores moved.")
    by = serializers.UUIDField(source="by_id")
    at = serializers.DateTimeField()


class WithdrawalPage(serializers.Serializer[Any]):
    """A page of withdrawals."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WithdrawalOut(many=True)


class WithdrawalDetail(WithdrawalOut):
    """A withdrawal with every score that it moved."""

    effects = EffectOut(many=True)


class PlantedItemsView(APIView):
    """Planted items of the organizations where the caller corrects quality."""

    grants: ClassVar = {"get": CORRECT}

    @extend_schema(parameters=[PlantedFilter], responses=PlantedPage)
    def get(self, request: Request) -> Response:
        """List planted items, the newest first."""
        filters = read_filters(request, PlantedFilter)
        rows = list_gold(request.user)
        if "in_use" in filters:
            rows = rows.filter(retired_at__isnull=filters["in_use"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        context = {"findings": list_key_findings(page)}
        return pages.get_paginated_response(PlantedOut(page, many=True, context=context).data)


class ReviewersView(APIView):
    """Reviewers of the organizations where the caller corrects quality."""

    grants: ClassVar = {"get": CORRECT}

    @extend_schema(responses=ReviewerFindingList)
    def get(self, request: Request) -> Response:
        """List how strict reviewers are against each other, and who stands out beyond chance."""
        return Response(ReviewerFindingList({"results": list_reviewer_findings(request.user)}).data)


class WithdrawalsView(APIView):
    """Evidence that was taken back."""

    grants: ClassVar = {"get": CORRECT, "post": CORRECT}

    @extend_schema(responses=WithdrawalPage)
    def get(self, request: Request) -> Response:
        """List withdrawals, the newest first."""
        pages = CursorPagination()
        page = pages.paginate_queryset(list_withdrawals(request.user), request, view=self) or []
        return pages.get_paginated_response(WithdrawalOut(page, many=True).data)

    @extend_schema(request=WithdrawalIn, responses={201: WithdrawalDetail})
    def post(self, request: Request) -> Response:
        """Take back a planted item with a wrong key, or all that a reviewer judged in an organization."""
        body = read_body(request, WithdrawalIn)
        given = {"words": body["words"], "by": request.user, "now": clock.now()}
        if "planted_item" in body:
            row = commands.withdraw_gold(gold_id=body["planted_item"], **given)
        else:
            row = commands.withdraw_reviewer(reviewer_id=body["reviewer"], tenant=body["organization"], **given)
        return Response(_detail(get_withdrawal(request.user, row.id)), status=201)


class WithdrawalView(APIView):
    """One withdrawal."""

    grants: ClassVar = {"get": CORRECT}

    @extend_schema(responses=WithdrawalDetail)
    def get(self, request: Request, withdrawal_id: UUID) -> Response:
        """Return a withdrawal with every score that it moved."""
        return Response(_detail(get_withdrawal(request.user, withdrawal_id)))


def _detail(row: Withdrawal) -> dict[str, Any]:
    context = {"remaining": list_remaining_shares(row)}
    effects = EffectOut(list_effects(row), many=True, context=context).data
    return {**WithdrawalOut(row).data, "effects": effects}
