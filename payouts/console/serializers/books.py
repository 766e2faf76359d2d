"""The books as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import DayField, Serializer
from payouts.statements.amounts import AmountOut


class JournalFilter(Serializer):
    """Narrows the journal."""

    kind = serializers.RegexField(r"^[A-Z][A-Z_]{1,39}$", required=False)
    source = serializers.CharField(max_length=200, required=False)  # type: ignore[assignment]  # a name of ours
    account = serializers.CharField(max_length=120, required=False)
    month = serializers.RegexField(r"^\d{4}-\d{2}$", required=False)


class JournalLineOut(serializers.Serializer[Any]):
    """One movement of an entry."""

    line_no = serializers.IntegerField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    amount = AmountOut()


class JournalEntryOut(serializers.Serializer[Any]):
    """One entry of the books."""

    id = serializers.UUIDField()
    idempotency_key = serializers.CharField()
    kind = serializers.CharField()
    effective_on = serializers.DateField()
    period = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a name of ours
    reverses = serializers.UUIDField(allow_null=True)
    reversed_by = serializers.UUIDField(allow_null=True)
    created_by = serializers.UUIDField(allow_null=True)
    posted_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    lines = JournalLineOut(many=True)


class JournalPage(serializers.Serializer[Any]):
    """One page of the journal."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = JournalEntryOut(many=True)


class AccountFilter(Serializer):
    """Narrows the trial balance, to one account and to what was effective until the end of a day."""

    account = serializers.CharField(max_length=120, required=False)
    as_of = DayField(required=False)


class AccountOut(serializers.Serializer[Any]):
    """One account's sums; ``balance`` is on its own side."""

    account = serializers.CharField()
    kind = serializers.CharField()
    side = serializers.CharField()
    debits = AmountOut()
    credits = AmountOut()
    balance = AmountOut()


class CurrencyTotals(serializers.Serializer[Any]):
    """All debits and credits of a currency; the two are equal in whole books."""

    currency = serializers.CharField()
    debits_minor = serializers.IntegerField()
    credits_minor = serializers.IntegerField()


class TrialBalanceOut(serializers.Serializer[Any]):
    """Every account with its sums, and the proof that debits equal credits."""

    results = AccountOut(many=True)
    totals = CurrencyTotals(many=True)
