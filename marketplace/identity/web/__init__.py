"""Pages of organizations."""

from marketplace.identity.web.keys import manage_keys, revoke_key, rotate_key
from marketplace.identity.web.members import end_membership, manage_members
from marketplace.identity.web.organizations import edit_organization, list_organizations

__all__ = [
    "edit_organization",
    "end_membership",
    "list_organizations",
    "manage_keys",
    "manage_members",
    "revoke_key",
    "rotate_key",
]
