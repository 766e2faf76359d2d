"""Year-end tax files as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import Serializer, TextField
from payouts.taxyears.models import TaxYearRun


class RunFilter(Serializer):
    """Narrows the list of runs."""

    year = serializers.IntegerField(required=False, min_value=2000, max_value=2199)
    state = serializers.ChoiceField(TaxYearRun.State.choices, required=False)


class PartFilter(Serializer):
    """Narrows a file to one of its parts of 100 returns."""

    part = serializers.IntegerField(required=False, min_value=1, max_value=100_000)


class RunIn(Serializer):
    """A year's files to prepare."""

    year = serializers.IntegerField(min_value=2000, max_value=2199)


class RunReasonIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class RunApprovalIn(Serializer):
    """No fields: an empty object."""


class RunOut(serializers.Serializer[Any]):
    """A run as prepared and as decided; ``run.json`` among its files is the whole of it, with this sha256."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    year = serializers.IntegerField()
    number = serializers.IntegerField()
    corrects = serializers.UUIDField(allow_null=True, help_text="The approved run before it.")
    sha256 = serializers.CharField()
    return_count = serializers.IntegerField()
    files = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(TaxYearRun.State.choices)
    prepared_by = serializers.UUIDField()
    prepared_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class RunPage(serializers.Serializer[Any]):
    """One page of runs."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RunOut(many=True)
