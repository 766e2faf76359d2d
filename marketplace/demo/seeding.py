"""Made-up organizations and experts with a password, a token and keys each, so that outside checks can act as anybody.

The same seed makes the same people; run again, the people and their work are found and only tokens and keys are new, since a
secret is shown once and its digest alone is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from knox.models import AuthToken

from marketplace.demo.clients import Client, play_client
from marketplace.demo.population import PersonSeed, generate_population
from marketplace.experts import commands as experts
from marketplace.experts.models import Expert
from marketplace.identity import commands as identity
from marketplace.identity.models import Membership, Organization, PlatformGrant, User
from marketplace.identity.rules import ROLE_GRANTS
from marketplace.taxonomy.commands import sync_catalogue

KEY_LIFE: Final = timedelta(days=90)
_LONG_AGO: Final = timedelta(days=30)
#: A bank there can be paid in the currency of the seeded projects.
_BANK_COUNTRY: Final = "DE"
_READING: Final = sorted(grant for grant in ROLE_GRANTS["SERVICE"] if grant.endswith(".read"))
_KEYS: Final = {"everything": sorted(ROLE_GRANTS["SERVICE"]), "reading": _READING}
_STAFF: Final = (Membership.Role.OWNER, Membership.Role.PROJECT_MANAGER, Membership.Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class SeedOptions:
    """What is made: ``seed`` names everything, so that seeds do not meet."""

    seed: int
    organizations: int
    experts: int


def seed(options: SeedOptions, *, now: datetime) -> dict[str, Any]:
    """Make what is missing and return everybody with their password, a fresh token and, an organization, fresh keys."""
    sync_catalogue()
    platform = {role: _find_platform_user(options, role, now) for role in PlatformGrant.Role.values}
    people = _find_experts(options, now)
    organizations = []
    for number in range(1, options.organizations + 1):
        client = _find_client(options, number, now)
        share = people[number - 1 :: options.organizations]
        play_client(client, share, preparer=platform[PlatformGrant.Role.FINANCE_PREPARER.value], now=now)
        organizations.append(_describe_client(options, client, share, now))
    return {
        "seed": options.seed,
        "platform": [_describe_user(options, user, role, now) for role, user in platform.items()],
        "organizations": organizations,
        "experts": [_describe_expert(options, expert, now) for expert in people],
    }


def password_of(options: SeedOptions) -> str:
    """Return the password of everybody who was made with this seed."""
    return f"seed-{hashlib.sha256(f'muster/{options.seed}'.encode()).hexdigest()[:16]}"


def _find_platform_user(options: SeedOptions, role: str, now: datetime) -> User:
    name = role.lower().replace("_", "-")
    user = _find_user(options, f"{name}@seed-{options.seed}.example.org", role.replace("_", " ").title(), now)
    if not user.platform_grants.filter(role=role, revoked_at__isnull=True).exists():
        identity.grant_platform_role(user_id=user.id, role=role, by=None, now=now - _LONG_AGO)
    return user


def _find_user(options: SeedOptions, email: str, name: str, now: datetime) -> User:
    return User.objects.filter(email=email).first() or identity.register_user(
        email=email, password=password_of(options), full_name=name, timezone="Europe/Berlin", now=now - _LONG_AGO
    )


@transaction.atomic
def _find_client(options: SeedOptions, number: int, now: datetime) -> Client:
    slug = f"seed-{options.seed}-client-{number}"
    users = {
        role: _find_user(
            options,
            f"{role.lower().replace('_', '-')}@{slug}.example.org",
            f"{role.replace('_', ' ').title()} {number}",
            now,
        )
        for role in _STAFF
    }
    owner = users[Membership.Role.OWNER]
    organization = Organization.objects.filter(slug=slug).first() or identity.create_organization(
        name=f"Client {number} of seed {options.seed}",
        slug=slug,
        country="DE",
        timezone="Europe/Berlin",
        owner=owner,
        now=now - _LONG_AGO,
    )
    for role in _STAFF[1:]:
        if not Membership.objects.filter(organization=organization, user=users[role]).exists():
            identity.grant_membership(
                organization_id=organization.id, user_id=users[role].id, role=role, by=owner, now=now - _LONG_AGO
            )
    return Client(organization, owner, users[_STAFF[1]], users[_STAFF[2]])


def _find_experts(options: SeedOptions, now: datetime) -> list[Expert]:
    drawn = generate_population(seed=options.seed, as_of=now.date(), count=options.experts)
    return [_find_expert(options, person, now) for person in drawn]


@transaction.atomic
def _find_expert(options: SeedOptions, person: PersonSeed, now: datetime) -> Expert:
    email = f"expert-{person.number}@seed-{options.seed}.example.org"
    known = Expert.objects.select_related("user").filter(user__email=email).first()
    if known is not None:
        return known
    user = _find_user(options, email, person.profile.legal_name, now)
    new = experts.NewExpert(
        user_id=user.id,
        profile=replace(person.profile, bank_country=_BANK_COUNTRY),
        languages=person.languages,
        skills=person.skills,
        windows=person.windows,
        credentials=person.credentials,
    )
    return experts.create_profiles(experts=[new], by=None, now=now - _LONG_AGO)[0]


def _describe_user(options: SeedOptions, user: User, role: str, now: datetime) -> dict[str, Any]:
    if AuthToken.objects.filter(user=user).exists():
        identity.revoke_all_tokens(by=user, now=now)
    return {
        "id": str(user.id),
        "role": role,
        "email": user.email,
        "password": password_of(options),
        "token": identity.create_token(by=user, now=now)[1],
    }


def _describe_expert(options: SeedOptions, expert: Expert, now: datetime) -> dict[str, Any]:
    return {**_describe_user(options, expert.user, "EXPERT", now), "expert_id": str(expert.id)}


def _describe_client(options: SeedOptions, client: Client, share: Sequence[Expert], now: datetime) -> dict[str, Any]:
    organization = client.organization
    staff = zip(_STAFF, (client.owner, client.manager, client.reviewer), strict=True)
    return {
        "id": str(organization.id),
        "slug": organization.slug,
        "users": [_describe_user(options, user, role, now) for role, user in staff],
        "api_keys": [_describe_key(client, name, scopes, now) for name, scopes in _KEYS.items()],
        "projects": [{"id": str(each.id), "code": each.code} for each in organization.projects.order_by("code")],
        "experts": [expert.user.email for expert in share],
    }


@transaction.atomic
def _describe_key(client: Client, name: str, scopes: Sequence[str], now: datetime) -> dict[str, Any]:
    organization = client.organization
    for old in organization.api_keys.filter(name=name, revoked_at__isnull=True):
        identity.revoke_api_key(organization_id=organization.id, key_id=old.id, by=client.owner, now=now)
    _, secret = identity.create_api_key(
        organization_id=organization.id,
        name=name,
        scopes=scopes,
        expires_at=now + KEY_LIFE,
        by=client.owner,
        now=now,
    )
    return {"name": name, "scopes": list(scopes), "key": secret}
