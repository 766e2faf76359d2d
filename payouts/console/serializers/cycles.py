"""Pay cycles as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, InstantField, Serializer, TextField
from payouts.console.serializers.amounts import MoneyOut
from payouts.cycles.models import CycleLine, PayCycle


class CycleFilter(Serializer):
    """Narrows the list of cycles."""

    state = serializers.ChoiceField(PayCycle.State.choices, required=False)
    currency = CurrencyField(required=False)


class CycleIn(Serializer):
    """A new cycle over a half-open period."""

    starts_at = InstantField()
    ends_at = InstantField()
    currency = CurrencyField()
    kind = serializers.ChoiceField(PayCycle.Kind.choices, required=False, default="REGULAR")


class NothingIn(Serializer):
    """No fields: an empty object."""


class ReasonIn(Serializer):
    """Why."""

    reason_text = TextField(max_length=2000)


class DifferencePart(serializers.Serializer[Any]):
    """One cause of the difference."""

    words = serializers.CharField()
    amount = MoneyOut()


class DifferenceOut(serializers.Serializer[Any]):
    """How the total differs from the last cycle's; the parts add up to it."""

    last = MoneyOut()
    difference = MoneyOut()
    parts = DifferencePart(many=True)


class CycleOut(serializers.Serializer[Any]):
    """A pay cycle with what it pays."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(PayCycle.Kind.choices)
    currency = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    state = serializers.ChoiceField(PayCycle.State.choices)
    maker = serializers.UUIDField()
    checker = serializers.UUIDField(allow_null=True)
    lines_hash = serializers.CharField(allow_blank=True)
    approved_hash = serializers.CharField(allow_blank=True)
    expected_pay_on = serializers.DateField()
    payouts = serializers.IntegerField()
    earnings = serializers.IntegerField()
    exceptions = serializers.IntegerField()
    total = MoneyOut()
    version = serializers.IntegerField()


class CycleDetail(CycleOut):
    """A pay cycle with its difference to the last one; null for the first of its currency."""

    difference = DifferenceOut(allow_null=True)


class CyclePage(serializers.Serializer[Any]):
    """One page of cycles."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = CycleOut(many=True)


class LineFilter(Serializer):
    """Narrows the lines of a cycle."""

    state = serializers.ChoiceField(CycleLine.State.choices, required=False)


class LineOut(serializers.Serializer[Any]):
    """What a cycle pays one expert, or why it does not."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    worker_name = serializers.CharField()
    state = serializers.ChoiceField(CycleLine.State.choices)
    earned = MoneyOut()
    brought = MoneyOut()
    amount = MoneyOut()
    residue = MoneyOut()
    earnings = serializers.IntegerField()
    reason_code = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)
    payout = serializers.UUIDField(allow_null=True)


class LinePage(serializers.Serializer[Any]):
    """One page of lines."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = LineOut(many=True)
