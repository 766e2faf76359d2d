"""Pay cycles as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, InstantField, Serializer, TextField
from payouts.cycles.changes import CHANGED, GONE, NEW, TELL_OVER_PERCENT
from payouts.cycles.models import CycleLine, PayCycle
from payouts.statements.amounts import AmountOut


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


class EmptyIn(Serializer):
    """No fields: an empty object."""


class CycleReasonIn(Serializer):
    """Why."""

    reason_text = TextField(max_length=2000)


class DifferencePart(serializers.Serializer[Any]):
    """One cause of the difference."""

    words = serializers.CharField()
    amount = AmountOut()


class DifferenceOut(serializers.Serializer[Any]):
    """How the total differs from the last cycle's; the parts add up to it."""

    last = AmountOut()
    difference = AmountOut()
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
    first_checker = serializers.UUIDField(allow_null=True, help_text="Who gave the first of two approvals.")
    second_approval_over = AmountOut(
        allow_null=True, help_text="Two people approve a larger total. Null: not submitted."
    )
    approvals_missing = serializers.IntegerField(help_text="How many people have still to approve what was submitted.")
    lines_hash = serializers.CharField(allow_blank=True)
    approved_hash = serializers.CharField(allow_blank=True)
    expected_pay_on = serializers.DateField()
    payouts = serializers.IntegerField()
    earnings = serializers.IntegerField()
    exceptions = serializers.IntegerField()
    total = AmountOut()
    version = serializers.IntegerField()


class CycleDetail(CycleOut):
    """A pay cycle with its difference to the last one; null for the first of its currency."""

    difference = DifferenceOut(allow_null=True)


class ChangeFilter(Serializer):
    """From which change on a person is told."""

    over_percent = serializers.IntegerField(min_value=0, max_value=100_000, required=False, default=TELL_OVER_PERCENT)


class PayChangeOut(serializers.Serializer[Any]):
    """One person's pay in the last cycle and in this one."""

    worker = serializers.UUIDField()
    worker_name = serializers.CharField()
    kind = serializers.ChoiceField([NEW, GONE, CHANGED])
    before = AmountOut()
    now = AmountOut()
    difference = AmountOut()
    share = serializers.FloatField(allow_null=True)


class ChangeCountsOut(serializers.Serializer[Any]):
    """How many people, by kind of change."""

    NEW = serializers.IntegerField()
    GONE = serializers.IntegerField()
    CHANGED = serializers.IntegerField()


class CycleChangesOut(serializers.Serializer[Any]):
    """Whose pay differs from the last cycle; the 200 largest changes. Without a last cycle there is none."""

    last_cycle = serializers.UUIDField(allow_null=True)
    over_percent = serializers.IntegerField()
    counts = ChangeCountsOut()
    results = PayChangeOut(many=True)


class CyclePage(serializers.Serializer[Any]):
    """One page of cycles."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = CycleOut(many=True)


class CycleLineFilter(Serializer):
    """Narrows the lines of a cycle."""

    state = serializers.ChoiceField(CycleLine.State.choices, required=False)


class CycleLineOut(serializers.Serializer[Any]):
    """What a cycle pays one expert, or why it does not.

    earned + bonus + brought - held - withheld - holdback - recovered = amount + carried, exactly.
    """

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    worker_name = serializers.CharField()
    state = serializers.ChoiceField(CycleLine.State.choices)
    earned = AmountOut()
    bonus = AmountOut()
    brought = AmountOut()
    held = AmountOut()
    withheld = AmountOut()
    withholding_bps = serializers.IntegerField()
    withholding_code = serializers.CharField(allow_blank=True)
    holdback = AmountOut()
    recovered = AmountOut()
    amount = AmountOut()
    carried = AmountOut()
    pays = AmountOut(help_text="What arrives: the amount, or what it becomes in the currency that the expert chose.")
    exchange = serializers.CharField(allow_blank=True, help_text="The rate of that, its source and time.")
    rail = serializers.CharField(
        allow_blank=True, help_text="Over which it was sent, or as the payee is paid now. Empty: no payout method yet."
    )
    rail_name = serializers.CharField(allow_blank=True, help_text="What the rail is called.")
    earnings = serializers.IntegerField()
    reason_code = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)
    payout = serializers.UUIDField(allow_null=True)


class CycleLinePage(serializers.Serializer[Any]):
    """One page of lines."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = CycleLineOut(many=True)
