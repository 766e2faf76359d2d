"""News that nothing of ours had to do with, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import Serializer, TextField


class OrphanSettlementIn(Serializer):
    """Why nothing is to be done."""

    reason_text = TextField(max_length=2000)


class OrphanOut(serializers.Serializer[Any]):
    """One piece of news, and what a person does about it."""

    id = serializers.UUIDField()
    event_id = serializers.CharField()
    type = serializers.CharField()
    account = serializers.CharField(allow_blank=True)
    object_id = serializers.CharField(allow_blank=True)
    received_at = serializers.DateTimeField()
    attempts = serializers.IntegerField()
    state = serializers.CharField()
    next_step = serializers.CharField()


class OrphanPage(serializers.Serializer[Any]):
    """A page of orphans."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OrphanOut(many=True)
