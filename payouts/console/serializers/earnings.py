"""Earnings as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, Serializer
from payouts.cycles.expectations import HOLD, PAYOUT_METHOD
from payouts.cycles.models import EarningState, PayCycle
from payouts.earnings.models import Earning
from payouts.statements.amounts import AmountOut


class EarningFilter(Serializer):
    """Narrows the list of earnings."""

    state = serializers.ChoiceField(EarningState.State.choices, required=False)
    currency = CurrencyField(required=False)
    project = serializers.CharField(max_length=60, required=False)
    cycle = serializers.UUIDField(required=False)
    worker = serializers.UUIDField(required=False)


class ExpectationOut(serializers.Serializer[Any]):
    """When an earning is payable and at the bank, as planned now; null is what nobody can say yet. Days are in UTC."""

    payable_on = serializers.DateField(allow_null=True, help_text="From this day a cycle pays it.")
    cycle_first_day = serializers.DateField(allow_null=True)
    cycle_last_day = serializers.DateField(allow_null=True)
    at_bank_on = serializers.DateField(allow_null=True)
    arrives = AmountOut(
        allow_null=True,
        help_text="What the payout that carries it is at the bank, once known: the whole of it, perhaps in another currency.",
    )
    words = serializers.CharField()
    step = serializers.ChoiceField(
        [PAYOUT_METHOD, HOLD],
        allow_blank=True,
        help_text="What the expert can do: mend their payout method, or appeal.",
    )
    hold = serializers.UUIDField(allow_null=True)


class EarningOut(serializers.Serializer[Any]):
    """An earning and where it stands."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    source_key = serializers.CharField()
    description = serializers.CharField()
    quantity = serializers.CharField(help_text="A decimal number of units.")
    unit = serializers.ChoiceField(Earning.Unit.choices)
    rate = AmountOut()
    amount = AmountOut()
    rate_line_key = serializers.CharField()
    tenant = serializers.CharField()
    project = serializers.CharField()
    worked_from = serializers.DateTimeField()
    worked_to = serializers.DateTimeField()
    approved_by = serializers.UUIDField()
    posted_at = serializers.DateTimeField()
    state = serializers.ChoiceField(EarningState.State.choices)
    reason_code = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)
    cycle = serializers.UUIDField(allow_null=True)
    payout = serializers.UUIDField(allow_null=True)
    expected = ExpectationOut()


class EarningPage(serializers.Serializer[Any]):
    """One page of earnings."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = EarningOut(many=True)


class StateSum(serializers.Serializer[Any]):
    """What one state of one currency sums to."""

    state = serializers.ChoiceField(EarningState.State.choices)
    amount = AmountOut()


class CurrencySummaryOut(serializers.Serializer[Any]):
    """One currency's sums."""

    currency = serializers.CharField()
    earned = AmountOut()
    states = StateSum(many=True)


class SummaryOut(serializers.Serializer[Any]):
    """Sums of earnings by currency and state."""

    results = CurrencySummaryOut(many=True)


class TraceEntry(serializers.Serializer[Any]):
    """The entry in the books."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    effective_on = serializers.DateField()
    posted_at = serializers.DateTimeField()
    sha256 = serializers.CharField()


class TraceCycle(serializers.Serializer[Any]):
    """The cycle that pays it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(PayCycle.State.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    expected_pay_on = serializers.DateField()


class TracePayout(serializers.Serializer[Any]):
    """The payout that carries it."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    amount = AmountOut()
    rail = serializers.CharField()
    rail_name = serializers.CharField(help_text="What the rail is called.")
    transferred_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class TraceStatement(serializers.Serializer[Any]):
    """The statement that names it."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    issued_at = serializers.DateTimeField()


class TraceReversal(serializers.Serializer[Any]):
    """Why it is owed no more."""

    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    at = serializers.DateTimeField()


class TraceOut(serializers.Serializer[Any]):
    """The way of one earning from work to bank; null is what has not happened."""

    earning = EarningOut()
    entry = TraceEntry(allow_null=True)
    reversal = TraceReversal(allow_null=True)
    cycle = TraceCycle(allow_null=True)
    payout = TracePayout(allow_null=True)
    statement = TraceStatement(allow_null=True)
