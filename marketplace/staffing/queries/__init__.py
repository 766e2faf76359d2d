"""Reads of staffing: rows in scope, and matches with their reasons."""

from marketplace.staffing.queries.facts import gather_facts, gather_rules
from marketplace.staffing.queries.matches import (
    Match,
    evaluate_openings,
    funnel,
    list_matches,
    matching_openings,
    why_not,
)
from marketplace.staffing.queries.rows import (
    count_free_seats,
    find_live_engagement,
    get_engagement,
    get_invitation,
    get_offer,
    list_workers_of,
)

__all__ = [
    "Match",
    "count_free_seats",
    "evaluate_openings",
    "find_live_engagement",
    "funnel",
    "gather_facts",
    "gather_rules",
    "get_engagement",
    "get_invitation",
    "get_offer",
    "list_matches",
    "list_workers_of",
    "matching_openings",
    "why_not",
]
