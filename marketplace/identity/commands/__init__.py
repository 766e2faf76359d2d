"""Verbs of identity, split by noun: accounts, registration, organizations and roles, keys."""

from marketplace.identity.commands.accounts import (
    create_token,
    disable_user,
    enable_user,
    revoke_all_tokens,
    revoke_token,
    update_preferences,
)
from marketplace.identity.commands.keys import create_api_key, revoke_api_key, rotate_api_key
from marketplace.identity.commands.registration import NewPerson, register_user, register_users
from marketplace.identity.commands.roles import (
    create_organization,
    end_membership,
    grant_membership,
    grant_platform_role,
    revoke_platform_role,
    update_organization,
)

__all__ = [
    "NewPerson",
    "create_api_key",
    "create_organization",
    "create_token",
    "disable_user",
    "enable_user",
    "end_membership",
    "grant_membership",
    "grant_platform_role",
    "register_user",
    "register_users",
    "revoke_all_tokens",
    "revoke_api_key",
    "revoke_platform_role",
    "revoke_token",
    "rotate_api_key",
    "update_organization",
    "update_preferences",
]
