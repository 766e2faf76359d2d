"""The verbs of a pay cycle: prepare, approve, carry out."""

from payouts.cycles.commands.approve import approve
from payouts.cycles.commands.execute import complete_if_done, execute, recover, release_payout, tick
from payouts.cycles.commands.lines import calculate
from payouts.cycles.commands.prepare import cancel, draft_cycle, send_back, submit

__all__ = [
    "approve",
    "calculate",
    "cancel",
    "complete_if_done",
    "draft_cycle",
    "execute",
    "recover",
    "release_payout",
    "send_back",
    "submit",
    "tick",
]
