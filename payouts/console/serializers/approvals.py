"""Lines to look at, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, Serializer
from payouts.console.serializers.cycles import CycleLineOut, CycleOut
from payouts.cycles.red_flags import KINDS


class RedFlagFilter(Serializer):
    """Narrows the lines to look at."""

    kind = serializers.ChoiceField(list(KINDS.items()), required=False)
    cycle = serializers.UUIDField(required=False, source="cycle_id")
    currency = CurrencyField(required=False)


class RedFlagOut(serializers.Serializer[Any]):
    """Why a line is looked at, and the row that says so: a payee, or an earning whose trace tells its work and approval."""

    kind = serializers.ChoiceField(list(KINDS.items()))
    words = serializers.CharField()
    evidence = serializers.ChoiceField(["PAYEE", "EARNING"])
    evidence_id = serializers.UUIDField(allow_null=True)


class FlaggedLineOut(CycleLineOut):
    """A line with the reasons to look at it; none of them is a verdict."""

    cycle = serializers.UUIDField()
    flags = RedFlagOut(many=True)


class FlaggedLinePage(serializers.Serializer[Any]):
    """A page of lines to look at."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = FlaggedLineOut(many=True)


class FlagCountOut(serializers.Serializer[Any]):
    """On how many lines of a cycle one kind of flag stands."""

    kind = serializers.ChoiceField(list(KINDS.items()))
    lines = serializers.IntegerField()


class FlagCountsOut(serializers.Serializer[Any]):
    """How many lines are to be looked at, and why.

    A first pay, or one approver, alone counts under its kind and is no reason yet; both together are.
    """

    lines = serializers.IntegerField()
    kinds = FlagCountOut(many=True)


class ApprovalOut(CycleOut):
    """A cycle that waits for an approval."""

    red_flags = FlagCountsOut()


class ApprovalPage(serializers.Serializer[Any]):
    """A page of what waits for an approval."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ApprovalOut(many=True)
