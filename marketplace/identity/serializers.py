"""The JSON of people, organizations, roles and keys."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from rest_framework import serializers

from common.api import (
    CodeField,
    CountryField,
    InstantField,
    LocaleField,
    NameField,
    Serializer,
    StrictIntegerField,
    TimezoneField,
)
from marketplace.identity.commands.keys import LONGEST_OVERLAP_HOURS
from marketplace.identity.models import Membership, Organization, PlatformGrant, User
from marketplace.identity.rules import ROLE_GRANTS

MEMBER_ROLES = [choice for choice in Membership.Role.choices if choice[0] != Membership.Role.SERVICE]


class LogIn(Serializer):
    """What proves who somebody is; ``code`` is the second factor where the account has one."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class PreferencesIn(Serializer):
    """One's own settings; what is left out stays."""

    full_name = NameField(required=False)
    timezone = TimezoneField(required=False)
    locale = LocaleField(required=False, max_length=35)
    theme = serializers.ChoiceField(User.Theme.choices, required=False)


class OrganizationChange(Serializer):
    """What an organization says of itself."""

    name = NameField()
    country = CountryField()
    timezone = TimezoneField()


class OrganizationIn(OrganizationChange):
    """A new organization."""

    slug = CodeField(max_length=60)


class MemberIn(Serializer):
    """A role for a person who has an account."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(MEMBER_ROLES)


class PlatformRoleIn(Serializer):
    """A platform role for a person who has an account."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(PlatformGrant.Role.choices)


class ApiKeyIn(Serializer):
    """A new API key."""

    name = NameField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(sorted(ROLE_GRANTS["SERVICE"])), min_length=1, max_length=50
    )
    expires_at = InstantField()


class RotationIn(Serializer):
    """How long the old secret works beside the new one."""

    overlap_hours = StrictIntegerField(min_value=0, max_value=LONGEST_OVERLAP_HOURS)


class TokenOut(serializers.Serializer[Any]):
    """A personal token without its secret."""

    token_key = serializers.CharField()
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry", allow_null=True)


class NewTokenOut(TokenOut):
    """A new personal token; ``token`` is shown this once."""

    token = serializers.CharField()


class RoleOut(serializers.Serializer[Any]):
    """A live role; ``organization`` is null for a platform role and for EXPERT."""

    role = serializers.CharField()
    organization = serializers.UUIDField(allow_null=True)


class MeOut(serializers.Serializer[Any]):
    """The caller."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    full_name = serializers.CharField()
    kind = serializers.ChoiceField(User.Kind.choices)
    timezone = serializers.CharField()
    locale = serializers.CharField()
    theme = serializers.ChoiceField(User.Theme.choices)
    has_second_factor = serializers.BooleanField()
    roles = RoleOut(many=True)


class OrganizationOut(serializers.ModelSerializer[Organization]):
    """An organization."""

    class Meta:
        model = Organization
        fields = ("id", "name", "slug", "country", "timezone", "created_at", "version")


class OrganizationPage(serializers.Serializer[Any]):
    """A page of organizations."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = OrganizationOut(many=True)


class MemberOut(serializers.Serializer[Any]):
    """One live role of one person in an organization."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="user_id")
    email = serializers.CharField(source="user.email")
    full_name = serializers.CharField(source="user.full_name")
    role = serializers.ChoiceField(MEMBER_ROLES)
    granted_at = serializers.DateTimeField()


class PlatformRoleOut(serializers.Serializer[Any]):
    """A platform role; ``counts_from`` is when it begins to count."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="user_id")
    email = serializers.CharField(source="user.email")
    role = serializers.ChoiceField(PlatformGrant.Role.choices)
    granted_at = serializers.DateTimeField()
    counts_from = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class PlatformRolePage(serializers.Serializer[Any]):
    """A page of platform roles."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = PlatformRoleOut(many=True)


class ApiKeyOut(serializers.Serializer[Any]):
    """An API key without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewApiKeyOut(ApiKeyOut):
    """A new API key; ``secret`` is shown this once."""

    secret = serializers.CharField(allow_null=True)


def show_me(user: User, *, has_second_factor: bool) -> dict[str, Any]:
    """Return the caller as JSON, with the roles that are live."""
    live = Q(ended_at__isnull=True)
    roles: list[dict[str, Any]] = [{"role": "EXPERT", "organization": None}] if hasattr(user, "expert") else []
    roles += [
        {"role": each.role, "organization": each.organization_id}
        for each in user.memberships.filter(live).order_by("granted_at", "id")
    ]
    roles += [
        {"role": each.role, "organization": None}
        for each in user.platform_grants.filter(revoked_at__isnull=True).order_by("granted_at", "id")
    ]
    names = ("id", "email", "full_name", "kind", "timezone", "locale", "theme")
    facts = {name: getattr(user, name) for name in names}
    return dict(MeOut({**facts, "has_second_factor": has_second_factor, "roles": roles}).data)
