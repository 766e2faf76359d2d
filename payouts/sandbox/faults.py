"""Trouble on the way to the stand-in, from a seed: what a network and a busy provider do to requests.

A plan is a hook for `Sandbox`. It journals what it did, so that a run can tell that each kind of trouble was met.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum

from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped, Refusal


class Fault(StrEnum):
    """Kinds of trouble, and what is true afterwards."""

    TIMEOUT_BEFORE = "timeout before the effect"
    TIMEOUT_AFTER = "timeout after the effect"
    KEY_IN_USE = "409 key in use"
    RATE_LIMITED = "429 rate limited"
    ERROR_BEFORE = "stored 500 before the effect"
    ERROR_AFTER = "stored 500 after the effect"


#: Where in a request each kind strikes; the stand-in visits these points in this order.
_POINTS = {
    "received": (Fault.TIMEOUT_BEFORE, Fault.KEY_IN_USE, Fault.RATE_LIMITED),
    "before_effect": (Fault.ERROR_BEFORE,),
    "after_effect": (Fault.TIMEOUT_AFTER, Fault.ERROR_AFTER),
}
#: What only a request that changes something can meet.
_WRITES_ONLY = {Fault.KEY_IN_USE, Fault.ERROR_AFTER}


class FaultPlan:
    """Decides at each visit whether trouble strikes.

    Args:
        chances: kind -> probability at each request that passes its point.
        may_strike: asked before each blow, so that a run can end the storm or spare some requests.
    """

    def __init__(
        self,
        rng: random.Random,
        chances: Mapping[Fault, float],
        may_strike: Callable[[Fault, Request], bool] = lambda fault, request: True,
    ) -> None:
        """Start with an empty journal."""
        self.struck: Counter[Fault] = Counter()
        self._rng = rng
        self._chances = chances
        self._may_strike = may_strike

    def __call__(self, point: str, request: Request) -> None:
        """Strike or not.

        Raises:
            ConnectionDropped, Refusal: the trouble.
        """
        for fault in _POINTS.get(point, ()):
            if request.method != "POST" and fault in _WRITES_ONLY:
                continue
            if self._rng.random() < self._chances.get(fault, 0) and self._may_strike(fault, request):
                self.struck[fault] += 1
                raise _trouble(fault)


def _trouble(fault: Fault) -> Exception:
    if fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
        return ConnectionDropped()
    if fault == Fault.KEY_IN_USE:
        words = "There is currently another in-progress request using this Idempotency Key."
        return Refusal(409, "invalid_request_error", words, "idempotency_key_in_use")
    if fault == Fault.RATE_LIMITED:
        return Refusal(429, "invalid_request_error", "Request rate limit exceeded.", "rate_limit")
    return Refusal(500, "api_error", "An unexpected error occurred.", executed=True)
