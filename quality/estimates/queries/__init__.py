"""Reading estimates: present ones, their reasons, and how they came about."""

from quality.estimates.queries.current import (
    find_last_fit,
    heat_map,
    list_estimates,
    list_reviewer_severities,
    quality_of,
)
from quality.estimates.queries.explained import estimate_history, get_estimate
from quality.estimates.queries.falls import find_fall_of, list_falls
from quality.estimates.queries.influence import find_influence
from quality.estimates.queries.items import item_of, list_item_levels

__all__ = [
    "estimate_history",
    "find_fall_of",
    "find_influence",
    "find_last_fit",
    "get_estimate",
    "heat_map",
    "item_of",
    "list_estimates",
    "list_falls",
    "list_item_levels",
    "list_reviewer_severities",
    "quality_of",
]
