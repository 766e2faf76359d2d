"""Who plays: the client's people, finance, operators, and the ten translators of the real data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.demo.annotations import worker_numbers
from marketplace.experts import commands as experts
from marketplace.experts.inputs import LanguageInput, ProfileInput, SkillInput, WindowInput
from marketplace.experts.models import Expert
from marketplace.identity.commands import (
    create_organization,
    grant_membership,
    grant_platform_role,
    register_user,
)
from marketplace.identity.models import Membership, Organization, PlatformGrant, User

#: Printed at the end of the demo: it opens made-up accounts on one's own machine only.
PASSWORD: Final = "muster-demo-2026"  # noqa: S105
EXPERTS_DOMAIN: Final = "experts.example.org"


@dataclass(frozen=True, slots=True)
class Role:
    """A person of the demo: what they do, and how they log in."""

    name: str
    email: str
    full_name: str


OWNER: Final = Role("owner", "olga@client.example.org", "Olga Petersen")
MANAGER: Final = Role("manager", "malik@client.example.org", "Malik Haddad")
REVIEWER: Final = Role("reviewer", "rita@client.example.org", "Rita Sommer")
PREPARER: Final = Role("finance preparer", "paula@muster.example.org", "Paula Okafor")
APPROVER: Final = Role("finance approver", "arne@muster.example.org", "Arne Lindqvist")
OPERATOR: Final = Role("operator", "oscar@muster.example.org", "Oscar Vidal")
AUDITOR: Final = Role("auditor", "aiko@muster.example.org", "Aiko Tanaka")

_PLATFORM_ROLES: Final = {
    PREPARER: PlatformGrant.Role.FINANCE_PREPARER,
    APPROVER: PlatformGrant.Role.FINANCE_APPROVER,
    OPERATOR: PlatformGrant.Role.OPERATOR,
    AUDITOR: PlatformGrant.Role.AUDITOR,
}
#: Name, residence and bank country, zone; the data tell nothing of the real people, so these are invented.
_TRANSLATORS: Final = (
    ("Anke Brandt", "DE", "Europe/Berlin"),
    ("Bruno Keller", "AT", "Europe/Vienna"),
    ("Clara Hoffmann", "DE", "Europe/Berlin"),
    ("David Lechner", "AT", "Europe/Vienna"),
    ("Esther Vogel", "NL", "Europe/Amsterdam"),
    ("Felix Baumann", "DE", "Europe/Berlin"),
    ("Greta Neumann", "IE", "Europe/Dublin"),
    ("Hannes Weber", "ES", "Europe/Madrid"),
    ("Ines Schuster", "PT", "Europe/Lisbon"),
    ("Jonas Richter", "DE", "Europe/Berlin"),
)
_WEEKDAYS: Final = tuple(WindowInput(weekday=day, start_minute=480, end_minute=1080) for day in range(5))
_LANGUAGES: Final = (
    LanguageInput(locale="de-DE", modality="READ", level="NATIVE"),
    LanguageInput(locale="de-DE", modality="WRITE", level="NATIVE"),
    LanguageInput(locale="en", modality="READ", level="C2"),
    LanguageInput(locale="en", modality="WRITE", level="C1"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody on stage."""

    organization: Organization
    owner: User
    manager: User
    reviewer: User
    preparer: User
    approver: User


def gather_cast(*, now: datetime) -> Cast:
    """Register the client's people, finance and operators, or find them; their roles count since long before ``now``."""
    since = now - timedelta(days=90)
    users = {role: find_or_register(role.email, role.full_name, now=since) for role in _everybody()}
    organization = Organization.objects.filter(slug="babel-eval").first() or create_organization(
        name="Babel Evaluation",
        slug="babel-eval",
        country="DE",
        timezone="Europe/Berlin",
        owner=users[OWNER],
        now=since,
    )
    for role, membership in ((MANAGER, Membership.Role.PROJECT_MANAGER), (REVIEWER, Membership.Role.REVIEWER)):
        if not Membership.objects.filter(organization=organization, user=users[role]).exists():
            grant_membership(
                organization_id=organization.id, user_id=users[role].id, role=membership, by=users[OWNER], now=since
            )
    for role, platform_role in _PLATFORM_ROLES.items():
        if not PlatformGrant.objects.filter(user=users[role], role=platform_role).exists():
            grant_platform_role(user_id=users[role].id, role=platform_role, by=None, now=since)
    return Cast(organization, users[OWNER], users[MANAGER], users[REVIEWER], users[PREPARER], users[APPROVER])


def gather_translators(numbers: dict[str, int], *, now: datetime) -> dict[str, Expert]:
    """Return the expert behind each worker of the data; the n-th is the same person whoever else is there."""
    found: dict[str, Expert] = {}
    for worker, number in numbers.items():
        name, country, zone = _TRANSLATORS[(number - 1) % len(_TRANSLATORS)]
        user = find_or_register(f"{worker}@{EXPERTS_DOMAIN}", name, timezone=zone, now=now)
        found[worker] = Expert.objects.filter(user=user).first() or _create_translator(user, name, country, zone, now)
    return found


def _create_translator(user: User, name: str, country: str, zone: str, now: datetime) -> Expert:
    profile = ProfileInput(
        legal_name=name,
        preferred_name=name,
        headline="Translator, English to German",
        residence_country=country,
        tax_country=country,
        bank_country=country,
        timezone=zone,
        weekly_capacity_minutes=40 * 60,
    )
    skills = (
        SkillInput(kind="DOMAIN", code="linguistics/translation", level=5, evidence="Professional translator"),
        SkillInput(kind="SKILL", code="mqm-annotation", level=4, evidence="Annotated with MQM before"),
    )
    new = experts.NewExpert(user_id=user.id, profile=profile, languages=_LANGUAGES, skills=skills, windows=_WEEKDAYS)
    return experts.create_profiles(experts=[new], by=None, now=now)[0]


def find_or_register(email: str, name: str, *, timezone: str = "Europe/Berlin", now: datetime) -> User:
    """Return the person with this address, registered with the demo's password if they are new."""
    user = User.objects.filter(email=email).first()
    return user or register_user(email=email, password=PASSWORD, full_name=name, timezone=timezone, now=now)


def choose_guest(workers: Sequence[str]) -> str:
    """Return the worker whom visitors of the demo log in as: the first who is paid by the hour, where there is one."""
    numbers = worker_numbers(workers)
    return min(workers, key=lambda worker: (numbers[worker] % 2, numbers[worker]))


def list_log_ins() -> list[tuple[str, str]]:
    """Return (role, e-mail) of one person a role, as far as they are registered."""
    workers = User.objects.filter(email__endswith=f"@{EXPERTS_DOMAIN}").values_list("email", flat=True)
    by_name = {email.partition("@")[0]: email for email in workers}
    expert = [("expert", by_name[choose_guest(list(by_name))])] if by_name else []
    return expert + [(role.name, role.email) for role in _everybody()]


def _everybody() -> tuple[Role, ...]:
    return (OWNER, MANAGER, REVIEWER, PREPARER, APPROVER, OPERATOR, AUDITOR)
