"""People, organizations, roles and keys over HTTP."""

from marketplace.identity.api.accounts import MeView, TokensView, TokenView
from marketplace.identity.api.acts import ActsView
from marketplace.identity.api.keys import ApiKeyRotationView, ApiKeysView, ApiKeyView
from marketplace.identity.api.organizations import MembersView, MemberView, OrganizationsView, OrganizationView
from marketplace.identity.api.roles import PlatformRolesView, PlatformRoleView

__all__ = [
    "ActsView",
    "ApiKeyRotationView",
    "ApiKeyView",
    "ApiKeysView",
    "MeView",
    "MemberView",
    "MembersView",
    "OrganizationView",
    "OrganizationsView",
    "PlatformRoleView",
    "PlatformRolesView",
    "TokenView",
    "TokensView",
]
