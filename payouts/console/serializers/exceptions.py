"""The queue of payouts that did not go their way, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, Serializer
from payouts.console.exceptions import KINDS
from payouts.console.serializers.cycles import CycleLineOut
from payouts.console.serializers.payouts import PayoutOut
from payouts.statements.amounts import AmountOut


class ExceptionFilter(Serializer):
    """Narrows the queue."""

    kind = serializers.ChoiceField(list(KINDS.items()), required=False)
    cycle = serializers.UUIDField(required=False)
    currency = CurrencyField(required=False)


class WaitingLineFilter(Serializer):
    """Narrows the lines that wait."""

    cycle = serializers.UUIDField(required=False)
    currency = CurrencyField(required=False)


class WaitingLineOut(CycleLineOut):
    """A line that its cycle did not pay and no later one took up."""

    cycle = serializers.UUIDField()


class WaitingLinePage(serializers.Serializer[Any]):
    """A page of lines that wait."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = WaitingLineOut(many=True)


class FundsFilter(Serializer):
    """Narrows the funds."""

    currency = CurrencyField(required=False)


class FundsOut(serializers.Serializer[Any]):
    """One rail's balance of one currency at the provider; null where it gives no answer."""

    rail = serializers.CharField()
    currency = serializers.CharField()
    balance = AmountOut(allow_null=True)
    reserved = AmountOut(help_text="For payouts that are not sent yet.")
    needed = AmountOut(help_text="For approved cycles that are not carried out yet.")
    missing = AmountOut()
    topping_up = AmountOut(help_text="Under way from the bank.")


class OwedOut(serializers.Serializer[Any]):
    """What the books owe experts in one currency; what came back is a part of what is payable."""

    currency = serializers.CharField()
    payable = AmountOut()
    held = AmountOut()
    in_flight = AmountOut()
    came_back = AmountOut()
    total = AmountOut()


class FundsAndOwedOut(serializers.Serializer[Any]):
    """Funds at the provider, and money that is not with people yet."""

    funds = FundsOut(many=True)
    owed = OwedOut(many=True)


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
