"""Reads about people and their roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common import clock
from marketplace.identity.models import Membership, Organization, PlatformGrant
from marketplace.identity.rules import APPROVER_WAITS, EXPERT, roles_with


def user_has_grant(user: Any, code: str, tenant: UUID | None = None) -> bool:
    """Say whether a live role of ``user`` holds ``code``, within ``tenant`` where one is named.

    Read from the database on each request, so that a revoked role counts no more from the next one on.
    """
    roles = roles_with(code)
    if EXPERT in roles and tenant is None and is_expert(user):
        return True
    memberships = Membership.objects.filter(user_id=user.pk, role__in=roles, ended_at__isnull=True)
    if tenant is not None:
        memberships = memberships.filter(organization_id=tenant)
    return memberships.exists() or _has_platform_role(user, roles)


def is_expert(user: Any) -> bool:
    """Say whether the user has an expert profile."""
    return hasattr(user, "expert")


def _has_platform_role(user: Any, roles: frozenset[str]) -> bool:
    grants = PlatformGrant.objects.filter(user_id=user.pk, role__in=roles, revoked_at__isnull=True)
    approver = PlatformGrant.Role.FINANCE_APPROVER
    return any(
        role != approver or granted_at + APPROVER_WAITS <= clock.now()
        for role, granted_at in grants.values_list("role", "granted_at")
    )


def organizations_with(user: Any, code: str) -> QuerySet[Organization]:
    """Return the organizations in which a membership of ``user`` holds ``code``."""
    return Organization.objects.filter(
        memberships__user_id=user.pk,
        memberships__role__in=roles_with(code),
        memberships__ended_at__isnull=True,
    ).distinct()
