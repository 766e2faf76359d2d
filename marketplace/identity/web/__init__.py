"""Pages of organizations."""

from marketplace.identity.web.acts import show_acts
from marketplace.identity.web.keys import manage_keys, revoke_key, rotate_key
from marketplace.identity.web.members import end_membership, manage_members
from marketplace.identity.web.organizations import edit_organization, list_organizations
from marketplace.identity.web.people import (
    close_account,
    find_people,
    grant_role,
    open_account,
    revoke_role,
    show_person,
)

__all__ = [
    "close_account",
    "edit_organization",
    "end_membership",
    "find_people",
    "grant_role",
    "list_organizations",
    "manage_keys",
    "manage_members",
    "open_account",
    "revoke_key",
    "revoke_role",
    "rotate_key",
    "show_acts",
    "show_person",
]
