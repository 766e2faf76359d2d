"""Answers the kernel's questions who holds a grant, and in which organizations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from common.permissions import register_grants, register_tenants
from marketplace.identity.queries import find_roles, user_has_grant


def organizations_of(user: Any, code: str) -> Collection[UUID]:
    """Return the organizations in which a membership of ``user`` holds ``code``."""
    return find_roles(user).organizations_with(code)


register_grants(user_has_grant)
register_tenants(organizations_of)
