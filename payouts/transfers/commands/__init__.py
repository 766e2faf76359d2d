"""The verbs of payouts: reserve, submit, follow, take news, keep funds, and the sweep that finds what is unfinished.

The order that makes a crash harmless: reserve and commit; write the attempt with its key and body and commit; call the
provider outside any transaction; write what came of it and commit. Lock order: payout, attempt, then the books.
"""

from payouts.transfers.commands.follow import refresh_payout
from payouts.transfers.commands.funds import FundCheck, check_funds, refresh_top_up, top_up
from payouts.transfers.commands.news import apply_provider_event, receive_event
from payouts.transfers.commands.orphans import retry_orphan, settle_orphan
from payouts.transfers.commands.poll import find_returns, poll_all_events, poll_events
from payouts.transfers.commands.reserve import (
    PayoutOrder,
    cancel_payout,
    reserve_payouts,
    resume_payout,
    unfreeze_payout,
)
from payouts.transfers.commands.restores import require_all_known, take_over_found
from payouts.transfers.commands.stops import lift_stop
from payouts.transfers.commands.submit import submit_payout
from payouts.transfers.commands.sweep import run_due

__all__ = [
    "FundCheck",
    "PayoutOrder",
    "apply_provider_event",
    "cancel_payout",
    "check_funds",
    "find_returns",
    "lift_stop",
    "poll_all_events",
    "poll_events",
    "receive_event",
    "refresh_payout",
    "refresh_top_up",
    "require_all_known",
    "reserve_payouts",
    "resume_payout",
    "retry_orphan",
    "run_due",
    "settle_orphan",
    "submit_payout",
    "take_over_found",
    "top_up",
    "unfreeze_payout",
]
