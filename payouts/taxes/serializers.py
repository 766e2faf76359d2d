"""Withheld tax as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import MoneyField, NameField, Serializer, TextField
from payouts.statements.amounts import AmountOut
from payouts.taxes.models import TaxRemittance


class TaxDueOut(serializers.Serializer[Any]):
    """What was withheld in one month for one return, and what of it was paid; ``left`` is negative if too much was."""

    form = serializers.ChoiceField(TaxRemittance.Form.choices)
    month = serializers.DateField(help_text="Its first day.")
    withheld = AmountOut()
    paid = AmountOut()
    left = AmountOut()
    due_on = serializers.DateField()


class RemittanceFilter(Serializer):
    """Narrows the list of payments."""

    state = serializers.ChoiceField(TaxRemittance.State.choices, required=False)
    form = serializers.ChoiceField(TaxRemittance.Form.choices, required=False)


class RemittanceIn(Serializer):
    """A payment to the authority, of tax withheld in the month of ``month`` (any of its days)."""

    form = serializers.ChoiceField(TaxRemittance.Form.choices)
    month = serializers.DateField()
    money = MoneyField()
    paid_on = serializers.DateField()
    reference = NameField(max_length=100)


class RemittanceReasonIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class NothingIn(Serializer):
    """No fields: an empty object."""


class RemittanceOut(serializers.Serializer[Any]):
    """A payment as recorded and as decided."""

    id = serializers.UUIDField()
    form = serializers.ChoiceField(TaxRemittance.Form.choices)
    month = serializers.DateField()
    money = AmountOut()
    paid_on = serializers.DateField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(TaxRemittance.State.choices)
    proposed_by = serializers.UUIDField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class RemittancePage(serializers.Serializer[Any]):
    """One page of payments."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RemittanceOut(many=True)
