"""The people whom the browser tests log in as: one for each role, in one organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from common import clock
from common.permissions import has_grant
from marketplace.experts.models import Expert
from marketplace.identity.models import Membership, Organization, PlatformGrant, User


@dataclass
class World:
    """``people`` by first name; ``things`` holds rows that pages with arguments show."""

    organization: Organization
    people: dict[str, User]
    things: dict[str, Any] = field(default_factory=dict)

    def holder_of(self, grant: str) -> User:
        """Return somebody who holds ``grant``; without one, Ada.

        Raises:
            LookupError: no role of this world holds it.
        """
        if not grant:
            return self.people["Ada"]
        for user in self.people.values():
            if has_grant(user, grant):
                return user
        raise LookupError(f"nobody in tests/browser/world.py holds {grant}")


def make_world() -> World:
    """Create the organization and its people: Ada expert, Bola project manager, Chen owner, and so on."""
    long_ago = clock.now() - timedelta(days=60)
    organization = Organization.objects.create(
        name="Meridian Data Ltd", slug="meridian", country="GB", timezone="Europe/London", created_at=long_ago
    )
    people = {name: _person(name, zone) for name, zone in _ZONES.items()}
    for name, role in (("Bola", "PROJECT_MANAGER"), ("Chen", "OWNER"), ("Dana", "REVIEWER")):
        Membership.objects.create(
            organization=organization, user=people[name], role=role, granted_at=long_ago, granted_by=None
        )
    for name, role in (
        ("Emre", "FINANCE_PREPARER"),
        ("Fatou", "FINANCE_APPROVER"),
        ("Goran", "OPERATOR"),
        ("Hana", "AUDITOR"),
    ):
        PlatformGrant.objects.create(user=people[name], role=role, granted_by=None, granted_at=long_ago)
    _expert(people["Ada"], long_ago)
    return World(organization, people)


_ZONES = {
    "Ada": "America/La_Paz",
    "Bola": "Africa/Lagos",
    "Chen": "Asia/Shanghai",
    "Dana": "Europe/Rome",
    "Emre": "Europe/Istanbul",
    "Fatou": "Africa/Dakar",
    "Goran": "Europe/Belgrade",
    "Hana": "Asia/Tokyo",
}


def _person(name: str, zone: str) -> User:
    user = User.objects.create_user(
        f"{name.lower()}@example.com", "a long enough password", full_name=f"{name} Example"
    )
    user.timezone = zone
    user.save(update_fields=["timezone"])
    return user


def _expert(user: User, since: datetime) -> None:
    Expert.objects.create(
        user=user,
        state=Expert.State.ACTIVE,
        legal_name=user.full_name,
        preferred_name="Ada",
        residence_country="BO",
        tax_country="BO",
        bank_country="BO",
        timezone=user.timezone,
        weekly_capacity_minutes=30 * 60,
        created_at=since.astimezone(UTC),
    )
