"""Rows of experts: profiles with their parts, and what is closed to a person for a time."""

from marketplace.experts.models.profiles import (
    AvailabilityWindow,
    Credential,
    Expert,
    ExpertLanguage,
    ExpertSearch,
    ExpertSkill,
    SearchLocale,
)
from marketplace.experts.models.restrictions import LONGEST_PROVISIONAL, Restriction

__all__ = [
    "LONGEST_PROVISIONAL",
    "AvailabilityWindow",
    "Credential",
    "Expert",
    "ExpertLanguage",
    "ExpertSearch",
    "ExpertSkill",
    "Restriction",
    "SearchLocale",
]
