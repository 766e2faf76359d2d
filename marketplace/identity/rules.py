"""Which role holds which grant: the one table that API, pages and commands ask through ``common.permissions``.

``EXPERT`` is whoever has an expert profile. An organization's roles hold within that organization only; platform roles hold
everywhere. An API key holds what its scopes name out of ``SERVICE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

#: A finance approver's new grant counts only after this time.
APPROVER_WAITS: Final = timedelta(hours=24)

EXPERT: Final = "EXPERT"

_READ_PROJECT: Final = frozenset({"organizations.read", "projects.read", "taxonomy.read", "work.read", "quality.read"})

ROLE_GRANTS: Final[dict[str, frozenset[str]]] = {
    EXPERT: frozenset(
        {
            "taxonomy.read",
            "expert.self",
            "projects.browse",
            "hiring.apply",
            "offers.answer",
            "work.do",
            "time.track",
            "earnings.own",
            "payee.self",
            "quality.own",
            "appeals.open",
        }
    ),
    "OWNER": _READ_PROJECT
    | {
        "organization.edit",
        "members.manage",
        "keys.manage",
        "webhooks.manage",
        "projects.edit",
        "experts.search",
        "hiring.decide",
        "staffing.manage",
        "work.import",
        "work.review",
        "work.outcomes",
        "time.approve",
        "appeals.decide",
        "proposals.decide",
        "quality.correct",
        "costs.read",
        "billing.read",
    },
    "PROJECT_MANAGER": _READ_PROJECT
    | {
        "organization.edit",
        "keys.manage",
        "webhooks.manage",
        "projects.edit",
        "experts.search",
        "hiring.decide",
        "staffing.manage",
        "work.import",
        "work.review",
        "work.outcomes",
        "time.approve",
        "appeals.decide",
        "proposals.decide",
        "quality.correct",
        "costs.read",
        "billing.read",
    },
    "REVIEWER": _READ_PROJECT | {"work.review", "appeals.decide"},
    "SERVICE": _READ_PROJECT | {"projects.edit", "work.import", "work.outcomes", "webhooks.manage", "billing.read"},
    "FINANCE_PREPARER": frozenset({"organizations.read", "finance.read", "finance.prepare"}),
    "FINANCE_APPROVER": frozenset({"organizations.read", "finance.read", "finance.approve"}),
    # Assessing people is the operators' alone, and so is deciding on their standing: anybody may open an organization and
    # name reviewers in it.
    "OPERATOR": frozenset(
        {
            "operate",
            "roles.grant",
            "people.erase",
            "organizations.read",
            "organization.edit",
            "members.manage",
            "keys.manage",
            "experts.assess",
            "proposals.decide",
            "cases.decide",
            "bars.set",
            "taxonomy.read",
            "taxonomy.edit",
        }
    ),
    "AUDITOR": frozenset({"audit.read", "finance.read", "organizations.read", "projects.read.all", "taxonomy.read"}),
}


@dataclass(frozen=True, slots=True)
class HeldRoles:
    """What one user holds at one moment: roles by organization, platform roles that count by now, an expert's profile or not."""

    in_organizations: frozenset[tuple[str, UUID]]
    platform: frozenset[str]
    is_expert: bool

    def has(self, grant: str, organization_id: UUID | None = None) -> bool:
        """Say whether any of the roles holds ``grant``, within an organization if one is named."""
        roles = roles_with(grant)
        if self.is_expert and EXPERT in roles and organization_id is None:
            return True
        held = self.organizations_with(grant)
        return bool(roles & self.platform) or (bool(held) if organization_id is None else organization_id in held)

    def organizations_with(self, grant: str) -> frozenset[UUID]:
        """Return the organizations in which a role holds ``grant``."""
        roles = roles_with(grant)
        return frozenset(organization_id for role, organization_id in self.in_organizations if role in roles)


@cache
def roles_with(grant: str) -> frozenset[str]:
    """Return the roles that hold ``grant``."""
    return frozenset(role for role, grants in ROLE_GRANTS.items() if grant in grants)


def counts_from(role: str, granted_at: datetime) -> datetime:
    """Return when a platform role that was given at ``granted_at`` begins to count."""
    return granted_at + APPROVER_WAITS if role == "FINANCE_APPROVER" else granted_at
