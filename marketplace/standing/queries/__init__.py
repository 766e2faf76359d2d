"""Reads of standing: appeals against one decision, and cases."""

from marketplace.standing.queries.appeals import (
    Appealable,
    get_appeal,
    get_own_cut,
    get_own_review,
    list_appealable,
    list_appeals,
    why_not_decide,
)
from marketplace.standing.queries.cases import (
    count_cases,
    find_case_of,
    get_case,
    list_cases,
    list_judged_reviews,
    list_uninvolved,
    lock_case,
    lock_own_case,
    may_answer,
    may_appeal,
    why_not_decide_case,
    why_not_hear_appeal,
)

__all__ = [
    "Appealable",
    "count_cases",
    "find_case_of",
    "get_appeal",
    "get_case",
    "get_own_cut",
    "get_own_review",
    "list_appealable",
    "list_appeals",
    "list_cases",
    "list_judged_reviews",
    "list_uninvolved",
    "lock_case",
    "lock_own_case",
    "may_answer",
    "may_appeal",
    "why_not_decide",
    "why_not_decide_case",
    "why_not_hear_appeal",
]
