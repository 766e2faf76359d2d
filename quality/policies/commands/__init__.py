"""Verbs of policies: set bars, propose, close a proposal, begin and end a pause."""

from quality.policies.commands.bars import set_bars
from quality.policies.commands.closing import (
    begin_pause,
    end_pause,
    settle_proposal,
    take_up_proposal,
    turn_down_proposal,
)
from quality.policies.commands.proposing import propose

__all__ = [
    "begin_pause",
    "end_pause",
    "propose",
    "set_bars",
    "settle_proposal",
    "take_up_proposal",
    "turn_down_proposal",
]
