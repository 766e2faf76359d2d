"""Verbs of identity, split by noun: accounts, registration, organizations and roles, keys."""

from marketplace.identity.commands.accounts import create_token, revoke_token, update_preferences
from marketplace.identity.commands.keys import create_api_key, revoke_api_key
from marketplace.identity.commands.registration import register_user
from marketplace.identity.commands.roles import (
    create_organization,
    end_membership,
    grant_membership,
    grant_platform_role,
    revoke_platform_role,
)

__all__ = [
    "create_api_key",
    "create_organization",
    "create_token",
    "end_membership",
    "grant_membership",
    "grant_platform_role",
    "register_user",
    "revoke_api_key",
    "revoke_platform_role",
    "revoke_token",
    "update_preferences",
]
