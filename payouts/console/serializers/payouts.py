"""Payouts as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, MoneyField, Serializer, TextField
from payouts.transfers.models import Payout


class PayoutFilter(Serializer):
    """Narrows the list of payouts."""

    state = serializers.ChoiceField(Payout.State.choices, required=False)
    currency = CurrencyField(required=False)
    worker = serializers.UUIDField(required=False)
    cycle = serializers.UUIDField(required=False, source="cycle_id")
    needs_person = serializers.BooleanField(required=False)


class CancellationIn(Serializer):
    """Why a payout is cancelled."""

    reason_text = TextField(max_length=2000)


class PayoutOut(serializers.Serializer[Any]):
    """A payout and how far it is."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    cycle = serializers.UUIDField(allow_null=True)
    money = MoneyField()
    state = serializers.ChoiceField(Payout.State.choices)
    bank = serializers.CharField()
    rail = serializers.CharField()
    rail_name = serializers.CharField(help_text="What the rail is called.")
    arrives = MoneyField(
        allow_null=True, help_text="What the recipient gets, where the provider said so when it took the payment."
    )
    expected_on = serializers.DateField(
        allow_null=True, help_text="The day at the bank: expected, or when it came. Null: nobody can say."
    )
    failure_code = serializers.CharField()
    failure_text = serializers.CharField()
    needs_person = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    transferred_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PayoutPage(serializers.Serializer[Any]):
    """A page of payouts."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PayoutOut(many=True)
