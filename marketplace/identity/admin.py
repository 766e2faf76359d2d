"""People, organizations, roles and keys in the operators' admin: to read. Pages and API change them by the verbs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.identity.models import ApiKey, Membership, Organization, PlatformGrant, User


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People and services."""

    list_display: ClassVar = ["email", "full_name", "kind", "is_active", "date_joined", "last_login"]
    list_filter: ClassVar = ["kind", "is_active"]
    search_fields: ClassVar = ["email", "full_name", "id"]
    ordering: ClassVar = ["-id"]
    # The password's digest is nobody's business.
    exclude: ClassVar = ["password", "groups", "user_permissions", "session_epoch"]


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """Clients."""

    list_display: ClassVar = ["name", "slug", "country", "timezone", "created_at"]
    search_fields: ClassVar = ["name", "slug", "id"]
    ordering: ClassVar = ["name", "id"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Roles in organizations."""

    list_display: ClassVar = ["user", "organization", "role", "granted_at", "ended_at"]
    list_filter: ClassVar = ["role", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["user__email", "organization__slug"]
    list_select_related: ClassVar = ["user", "organization"]
    ordering: ClassVar = ["-id"]


@admin.register(PlatformGrant)
class PlatformGrantAdmin(ReadOnlyAdmin):
    """Platform roles."""

    list_display: ClassVar = ["user", "role", "granted_by", "granted_at", "revoked_at"]
    list_filter: ClassVar = ["role", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["user__email"]
    list_select_related: ClassVar = ["user", "granted_by"]
    ordering: ClassVar = ["-id"]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys, without the digests of their secrets."""

    list_display: ClassVar = ["prefix", "name", "organization", "expires_at", "revoked_at", "last_used_at"]
    search_fields: ClassVar = ["prefix", "name", "organization__slug"]
    list_select_related: ClassVar = ["organization"]
    ordering: ClassVar = ["-id"]
    exclude: ClassVar = ["secret_sha256"]
