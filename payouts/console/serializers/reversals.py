"""Reversals as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import NameField, Serializer, TextField
from payouts.reversals.models import Reversal
from payouts.statements.amounts import AmountOut


class ReversalFilter(Serializer):
    """Narrows the list of reversals."""

    state = serializers.ChoiceField(Reversal.State.choices, required=False)
    worker = serializers.UUIDField(required=False)


class ReversalIn(Serializer):
    """A proposal to take an entry back: that of an earning, or of a clawback."""

    entry = serializers.UUIDField()
    reason_code = NameField(max_length=60)
    reason_text = NameField(max_length=300)


class ReversalReasonIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class ReversalOut(serializers.Serializer[Any]):
    """A reversal as proposed and as decided."""

    id = serializers.UUIDField()
    entry = serializers.UUIDField()
    entry_kind = serializers.CharField()
    source_key = serializers.CharField()
    worker = serializers.UUIDField()
    worker_name = serializers.CharField()
    money = AmountOut()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    state = serializers.ChoiceField(Reversal.State.choices)
    proposed_by = serializers.UUIDField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class ReversalPage(serializers.Serializer[Any]):
    """One page of reversals."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ReversalOut(many=True)
