"""Reads of policies: proposals, bars and alarms, and what is known on the night of proposing."""

from quality.policies.queries.alarms import alarm_of, list_standing_alarms
from quality.policies.queries.bars import bars_in_force, get_default_bars, list_bar_history, list_bars
from quality.policies.queries.proposals import (
    find_visible_proposal,
    get_proposal,
    get_visible_proposal,
    list_proposals,
    list_proposed_for_pause,
    visible_proposals,
)

__all__ = [
    "alarm_of",
    "bars_in_force",
    "find_visible_proposal",
    "get_default_bars",
    "get_proposal",
    "get_visible_proposal",
    "list_bar_history",
    "list_bars",
    "list_proposals",
    "list_proposed_for_pause",
    "list_standing_alarms",
    "visible_proposals",
]
