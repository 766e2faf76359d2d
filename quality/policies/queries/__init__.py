"""Reads of policies: proposals, bars and alarms, and what is known on the night of proposing."""

from quality.policies.queries.alarms import alarm_of, list_standing_alarms
from quality.policies.queries.proposals import (
    find_visible_proposal,
    get_proposal,
    get_visible_proposal,
    list_bars,
    list_proposals,
    visible_proposals,
)

__all__ = [
    "alarm_of",
    "find_visible_proposal",
    "get_proposal",
    "get_visible_proposal",
    "list_bars",
    "list_proposals",
    "list_standing_alarms",
    "visible_proposals",
]
