"""The only part of payouts that other apps see: commands, values and frozen views. Models do not cross."""

from payouts.earnings.commands import (
    EarningInput,
    EarningView,
    post_earning,
    post_earnings,
    reverse_earning,
)
from payouts.earnings.errors import (
    EarningAlreadyPosted,
    EarningAlreadyReversed,
    EarningInCycle,
    InvalidEarning,
    UnknownEarning,
)
from payouts.events import PayeeReady, PayoutFailed, PayoutPaid, PayoutReturned

__all__ = [
    "EarningAlreadyPosted",
    "EarningAlreadyReversed",
    "EarningInCycle",
    "EarningInput",
    "EarningView",
    "InvalidEarning",
    "PayeeReady",
    "PayoutFailed",
    "PayoutPaid",
    "PayoutReturned",
    "UnknownEarning",
    "post_earning",
    "post_earnings",
    "reverse_earning",
]
