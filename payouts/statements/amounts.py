"""Amounts as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class AmountOut(serializers.Serializer[Any]):
    """An amount in minor units."""

    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
