"""Holds as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, InstantField, MoneyField, NameField, Serializer, TextField
from payouts.holds.models import Hold
from payouts.statements.amounts import AmountOut


class HoldFilter(Serializer):
    """Narrows the list of holds."""

    state = serializers.ChoiceField(Hold.State.choices, required=False)
    worker = serializers.UUIDField(required=False)
    currency = CurrencyField(required=False)


class HoldIn(Serializer):
    """A hold to place: on ``money``, or on everything of ``currency`` where money is left out."""

    worker = serializers.UUIDField()
    currency = CurrencyField()
    money = MoneyField(required=False, allow_null=True, default=None)
    reason_code = NameField(max_length=60)
    reason_text = NameField(max_length=500)
    ends_at = InstantField()


class HoldReleaseIn(Serializer):
    """Why a hold ends before its time."""

    reason_text = TextField(max_length=2000)


class HoldAppealIn(Serializer):
    """Why one's money should not be held."""

    appeal_text = TextField(max_length=2000)


class HoldOut(serializers.Serializer[Any]):
    """A hold: what for, how much, until when, and the appeal. ``amount`` is null for a hold on everything."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    currency = serializers.CharField()
    amount = AmountOut(allow_null=True)
    held = AmountOut()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    state = serializers.ChoiceField(Hold.State.choices)
    placed_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    appeal_text = serializers.CharField(allow_blank=True)
    appealed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class HoldPage(serializers.Serializer[Any]):
    """One page of holds."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = HoldOut(many=True)
