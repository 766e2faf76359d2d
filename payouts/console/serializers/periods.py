"""The months of the books as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import Serializer, TextField
from payouts.ledger.models import Period


class PeriodFilter(Serializer):
    """Narrows the list of months."""

    state = serializers.ChoiceField(Period.State.choices, required=False)


class PeriodReasonIn(Serializer):
    """Why the month can be closed, or why it stays open."""

    reason_text = TextField(max_length=2000)


class PeriodOut(serializers.Serializer[Any]):
    """A month of the books, from ``starts_on`` up to, not including, ``ends_on``."""

    month = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    state = serializers.ChoiceField(Period.State.choices)
    entries = serializers.IntegerField()
    proposal_text = serializers.CharField(allow_blank=True)
    proposed_by = serializers.UUIDField(allow_null=True)
    proposed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.UUIDField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class CloseCheckOut(serializers.Serializer[Any]):
    """One line of the checklist: what should hold, and each reason why it does not."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    is_ok = serializers.BooleanField()
    obstacles = serializers.ListField(child=serializers.CharField())


class PeriodDetail(PeriodOut):
    """A month with its checklist, empty once it is closed."""

    checks = CloseCheckOut(many=True)


class PeriodsOut(serializers.Serializer[Any]):
    """Every month."""

    results = PeriodOut(many=True)
