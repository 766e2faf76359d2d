"""Verbs of profiles. Each rewrites the search row in its own transaction, so that a committed change is in the next search."""

from marketplace.experts.commands.assessments import assess_language, assess_skill
from marketplace.experts.commands.credentials import (
    add_credential,
    refresh_dated_credentials,
    remove_credential,
    verify_credential,
)
from marketplace.experts.commands.parts import set_availability, set_languages, set_skills
from marketplace.experts.commands.population import NewExpert, create_profiles
from marketplace.experts.commands.profiles import create_profile, move_profile, read_profile, update_profile
from marketplace.experts.commands.restrictions import lift, restrict

__all__ = [
    "NewExpert",
    "add_credential",
    "assess_language",
    "assess_skill",
    "create_profile",
    "create_profiles",
    "lift",
    "move_profile",
    "read_profile",
    "refresh_dated_credentials",
    "remove_credential",
    "restrict",
    "set_availability",
    "set_languages",
    "set_skills",
    "update_profile",
    "verify_credential",
]
