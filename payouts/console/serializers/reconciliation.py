"""Reconciliation as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, DayField, Serializer, TextField
from payouts.rails.registry import BALANCE_KINDS
from payouts.reconciliation.models import Break
from payouts.statements.amounts import AmountOut


class CurrencyFigureOut(serializers.Serializer[Any]):
    """One currency: what the provider holds is the books, what is on its way, explained and unexplained together."""

    currency = serializers.CharField()
    ledger = AmountOut()
    provider = AmountOut()
    difference = AmountOut()
    under_way = AmountOut()
    explained = AmountOut()
    unexplained = AmountOut()


class ReconciliationRunOut(serializers.Serializer[Any]):
    """A finished run."""

    id = serializers.UUIDField()
    rail = serializers.CharField()
    started_at = serializers.DateTimeField()
    fetched = serializers.IntegerField()
    matched = serializers.IntegerField()
    breaks_opened = serializers.IntegerField()
    breaks_matched = serializers.IntegerField()
    figures = CurrencyFigureOut(many=True)


class BreakAgeOut(serializers.Serializer[Any]):
    """How many live breaks have reached an age."""

    age = serializers.CharField()
    count = serializers.IntegerField()


class ReconciliationOut(serializers.Serializer[Any]):
    """The last finished run, null before the first, and the ages of breaks that have not ended."""

    run = ReconciliationRunOut(allow_null=True)
    ages = BreakAgeOut(many=True)


class RailFilter(Serializer):
    """Names one rail; Connect without it."""

    rail = serializers.ChoiceField(sorted(BALANCE_KINDS), required=False)


class BreakFilter(Serializer):
    """Narrows the list of breaks."""

    state = serializers.ChoiceField(Break.State.choices, required=False)
    currency = CurrencyField(required=False)


class BreakExplanationIn(Serializer):
    """Why the two sides differ, and the day until which that holds."""

    explanation_text = TextField(max_length=2000)
    clears_on = DayField(required=False, allow_null=True, default=None)


class WriteOffIn(Serializer):
    """Where a difference is to be booked, and why."""

    write_off = serializers.ChoiceField(Break.WriteOff.choices)
    proposal_text = TextField(max_length=2000)


class WriteOffRefusalIn(Serializer):
    """Why a write-off is refused."""

    reason_text = TextField(max_length=2000)


class BreakOut(serializers.Serializer[Any]):
    """A break; ``amount`` is what the provider has more than the books."""

    id = serializers.UUIDField()
    rail = serializers.CharField()
    reference = serializers.CharField()
    side = serializers.ChoiceField(Break.Side.choices)
    kind = serializers.CharField()
    amount = AmountOut()
    since = serializers.DateTimeField()
    age = serializers.CharField()
    opened_at = serializers.DateTimeField()
    state = serializers.ChoiceField(Break.State.choices)
    explanation_text = serializers.CharField(allow_blank=True)
    explained_by = serializers.UUIDField(allow_null=True)
    clears_on = serializers.DateField(allow_null=True)
    write_off = serializers.CharField(allow_blank=True)
    proposal_text = serializers.CharField(allow_blank=True)
    proposed_by = serializers.UUIDField(allow_null=True)
    approved_by = serializers.UUIDField(allow_null=True)
    entry = serializers.UUIDField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class BreakPage(serializers.Serializer[Any]):
    """A page of breaks."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = BreakOut(many=True)
