"""Adjustments as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, MoneyField, NameField, Serializer, TextField
from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.statements.amounts import AmountOut


class AdjustmentFilter(Serializer):
    """Narrows the list of adjustments."""

    state = serializers.ChoiceField(Adjustment.State.choices, required=False)
    kind = serializers.ChoiceField(Adjustment.Kind.choices, required=False)
    worker = serializers.UUIDField(required=False)
    imported = serializers.UUIDField(required=False)


class AdjustmentIn(Serializer):
    """A proposal: owe more (BONUS, CORRECTION), or be owed (CLAWBACK)."""

    kind = serializers.ChoiceField(Adjustment.Kind.choices)
    worker = serializers.UUIDField()
    money = MoneyField()
    reason_code = NameField(max_length=60)
    reason_text = NameField(max_length=300)


class AdjustmentReasonIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class AdjustmentOut(serializers.Serializer[Any]):
    """An adjustment as proposed and as decided."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Adjustment.Kind.choices)
    worker = serializers.UUIDField()
    worker_name = serializers.CharField()
    money = AmountOut()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    state = serializers.ChoiceField(Adjustment.State.choices)
    proposed_by = serializers.UUIDField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    imported = serializers.UUIDField(allow_null=True, help_text="The file that it came with and is decided with.")
    reference = serializers.CharField(allow_null=True, help_text="The key of its row in that file.")
    worked_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()


class AdjustmentPage(serializers.Serializer[Any]):
    """One page of adjustments."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = AdjustmentOut(many=True)


class AdjustmentImportFilter(Serializer):
    """Narrows the list of files."""

    state = serializers.ChoiceField(AdjustmentImport.State.choices, required=False)


class AdjustmentImportIn(Serializer):
    """A CSV file of adjustments in one currency."""

    file = serializers.FileField()
    currency = CurrencyField()
    control_total = serializers.CharField(
        max_length=24, help_text="The sum of all amounts, clawbacks included, in major units such as 1234.50."
    )


class AdjustmentImportOut(serializers.Serializer[Any]):
    """A file of adjustments, proposed and decided as a whole."""

    id = serializers.UUIDField()
    file_name = serializers.CharField()
    file_sha256 = serializers.CharField()
    rows = serializers.IntegerField()
    total = AmountOut()
    state = serializers.ChoiceField(AdjustmentImport.State.choices)
    proposed_by = serializers.UUIDField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class AdjustmentImportPage(serializers.Serializer[Any]):
    """One page of files."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = AdjustmentImportOut(many=True)
