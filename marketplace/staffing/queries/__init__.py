"""Reads of staffing: rows in scope, and matches with their reasons."""

from marketplace.staffing.queries.candidates import (
    Candidate,
    OpeningRows,
    find_experts,
    list_opening_rows,
    scope_of,
    to_candidates,
)
from marketplace.staffing.queries.facts import gather_facts, gather_rules
from marketplace.staffing.queries.matches import (
    FunnelStep,
    Match,
    evaluate_openings,
    funnel,
    list_matches,
    matching_openings,
    why_not,
)
from marketplace.staffing.queries.rows import (
    OwnHiring,
    count_free_seats,
    find_live_engagement,
    free_seats_of,
    get_engagement,
    get_invitation,
    get_offer,
    list_own,
    list_workers_of,
)

__all__ = [
    "Candidate",
    "FunnelStep",
    "Match",
    "OpeningRows",
    "OwnHiring",
    "count_free_seats",
    "evaluate_openings",
    "find_experts",
    "find_live_engagement",
    "free_seats_of",
    "funnel",
    "gather_facts",
    "gather_rules",
    "get_engagement",
    "get_invitation",
    "get_offer",
    "list_matches",
    "list_opening_rows",
    "list_own",
    "list_workers_of",
    "matching_openings",
    "scope_of",
    "to_candidates",
    "why_not",
]
