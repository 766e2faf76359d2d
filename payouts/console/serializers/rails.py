"""Rails as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CountryField, CurrencyField, DayField, Serializer
from payouts.rails.capabilities import RAIL_WORDS
from payouts.statements.amounts import AmountOut


class PayRouteFilter(Serializer):
    """Narrows the table of routes."""

    country = CountryField(required=False)
    currency = CurrencyField(required=False)
    rail = serializers.ChoiceField(sorted(RAIL_WORDS), required=False)
    on = DayField(required=False)


class PayRouteOut(serializers.Serializer[Any]):
    """Who is owed ``currency`` and banks in ``country`` receives ``bank_currency`` over ``rail``.

    Amounts below ``minimum`` or that are no multiple of ``multiple`` minor units wait. ``fee`` and ``fee_bps`` are the
    dearest case of what the platform pays; nothing is taken from the payee.
    """

    country = serializers.CharField()
    currency = serializers.CharField()
    bank_currency = serializers.CharField()
    rail = serializers.ChoiceField(sorted(RAIL_WORDS))
    agreement = serializers.ChoiceField(["FULL", "RECIPIENT"])
    is_available = serializers.BooleanField()
    minimum = AmountOut()
    multiple = serializers.IntegerField()
    fee = AmountOut()
    fee_bps = serializers.IntegerField()
    effective_from = serializers.DateField()
    effective_to = serializers.DateField(allow_null=True)
    evidence = serializers.ChoiceField(["READ", "COUNTRY", "UNREAD"])
    source = serializers.URLField()  # type: ignore[assignment]  # a name of ours


class PayRoutesOut(serializers.Serializer[Any]):
    """The rows of one version of the table that hold on a day; ``words`` where a country was asked about."""

    version = serializers.CharField()
    words = serializers.CharField()
    results = PayRouteOut(many=True)


class EndpointPaceOut(serializers.Serializer[Any]):
    """How many calls a second may go to an endpoint now."""

    endpoint = serializers.CharField()
    rate_per_s = serializers.FloatField()
    is_slowed = serializers.BooleanField()


class RailOut(serializers.Serializer[Any]):
    """How a rail is now; ``limit_per_s`` 0 means that nothing is paced, ``stopped_*`` that a person must lift a stop."""

    rail = serializers.CharField()
    circuit = serializers.ChoiceField(["CLOSED", "OPEN", "HALF_OPEN"])
    failures = serializers.IntegerField()
    opened_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    limit_per_s = serializers.FloatField()
    paces = EndpointPaceOut(many=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    stopped_because = serializers.CharField()


class RailsOut(serializers.Serializer[Any]):
    """Every rail."""

    results = RailOut(many=True)
