"""The queue of payouts that did not go their way, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import Serializer
from payouts.console.exceptions import KINDS
from payouts.transfers.api import PayoutOut


class ExceptionFilter(Serializer):
    """Narrows the queue."""

    kind = serializers.ChoiceField(list(KINDS.items()), required=False)


class ExceptionOut(serializers.Serializer[Any]):
    """A payout of the queue. ``verbs`` name what ``/payouts/<id>/<verb>/`` can do for it now; empty: nobody has to act."""

    payout = PayoutOut()
    kind = serializers.ChoiceField(list(KINDS.items()))
    reason = serializers.CharField()
    next_step = serializers.CharField()
    verbs = serializers.ListField(child=serializers.ChoiceField(["resume", "review", "cancel"]))


class ExceptionPage(serializers.Serializer[Any]):
    """A page of the queue."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ExceptionOut(many=True)
