"""Reads of policies: proposals and bars, and what is known on the night of proposing."""

from quality.policies.queries.proposals import (
    find_visible_proposal,
    get_proposal,
    get_visible_proposal,
    list_bars,
    list_proposals,
    visible_proposals,
)

__all__ = [
    "find_visible_proposal",
    "get_proposal",
    "get_visible_proposal",
    "list_bars",
    "list_proposals",
    "visible_proposals",
]
