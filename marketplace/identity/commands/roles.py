"""Organizations, memberships and platform roles."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit
from common.codes import check_country, check_timezone
from common.errors import FieldProblem, InvalidInput, NotPermitted, StaleVersion
from common.permissions import require_grant
from common.text import clean_name
from marketplace.identity.commands.shared import add_membership, collect, get_organization_to_manage
from marketplace.identity.errors import (
    LastOwner,
    NoGrantToOneself,
    RoleHeld,
    SlugTaken,
    UserNotFound,
)
from marketplace.identity.models import Membership, Organization, PlatformGrant, User

SLUG = re.compile(r"(?=.{2,60}\Z)[a-z0-9]+(-[a-z0-9]+)*")


@transaction.atomic
def create_organization(
    *, name: str, slug: str, country: str, timezone: str, owner: User, now: datetime
) -> Organization:
    """Create a client organization with ``owner`` as its first owner.

    Raises:
        InvalidInput: every field that is not valid. SlugTaken. NotPermitted: an API key owns nothing.
    """
    _check_facts(name, country, timezone, slug)
    if owner.kind != User.Kind.PERSON:
        raise NotPermitted("Only a person can open an organization.")
    row = Organization(name=clean_name(name), slug=slug, country=country, timezone=timezone, created_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise SlugTaken from error
    audit.record(action="organization.created", target=row, by=owner.pk, now=now)
    add_membership(row, owner, Membership.Role.OWNER, None, now)
    return row


@transaction.atomic
def update_organization(
    *, organization_id: UUID, name: str, country: str, timezone: str, expected_version: int, by: User, now: datetime
) -> Organization:
    """Change an organization's name, country and zone; the short name stays, since addresses hold it.

    Raises:
        OrganizationNotFound, NotPermitted, StaleVersion; InvalidInput: every field that is not valid.
    """
    row = get_organization_to_manage(organization_id, "organization.edit", by)
    if row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}.")
    _check_facts(name, country, timezone)
    row.name, row.country, row.timezone = clean_name(name), country, timezone
    row.version += 1
    row.save(update_fields=["name", "country", "timezone", "version"])
    audit.record(action="organization.changed", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def grant_membership(*, organization_id: UUID, user_id: UUID, role: str, by: User, now: datetime) -> Membership:
    """Give a person a role in an organization.

    Raises:
        OrganizationNotFound, NotPermitted, NoGrantToOneself, UserNotFound, RoleHeld; InvalidInput: unknown role.
    """
    organization = get_organization_to_manage(organization_id, "members.manage", by)
    if role not in Membership.Role.values or role == Membership.Role.SERVICE:
        raise InvalidInput.of("/role", "Must be one of OWNER, PROJECT_MANAGER, REVIEWER.", "unknown")
    if user_id == by.pk:
        raise NoGrantToOneself
    user = User.objects.filter(id=user_id, kind=User.Kind.PERSON, is_active=True).first()
    if user is None:
        raise UserNotFound
    return add_membership(organization, user, role, by, now)


@transaction.atomic
def end_membership(*, organization_id: UUID, membership_id: UUID, by: User, now: datetime) -> Membership:
    """End a role; it counts no more from the next request on.

    Raises:
        OrganizationNotFound, NotPermitted, UserNotFound, LastOwner.
    """
    organization = get_organization_to_manage(organization_id, "members.manage", by)
    live = organization.memberships.select_for_update().filter(ended_at__isnull=True)
    membership = live.filter(id=membership_id).exclude(role=Membership.Role.SERVICE).first()
    if membership is None:
        raise UserNotFound("There is no such membership.")
    if membership.role == Membership.Role.OWNER and live.filter(role=Membership.Role.OWNER).count() == 1:
        raise LastOwner
    membership.ended_at = now
    membership.save(update_fields=["ended_at"])
    audit.record(action="membership.ended", target=membership, by=by.pk, now=now)
    return membership


@transaction.atomic
def grant_platform_role(*, user_id: UUID, role: str, by: User | None, now: datetime) -> PlatformGrant:
    """Give a platform role; None as ``by`` is the bootstrap from the command line, which has no face.

    Raises:
        NotPermitted, NoGrantToOneself, UserNotFound, RoleHeld; InvalidInput: unknown role.
    """
    if by is not None:
        require_grant(by, "roles.grant")
        if by.pk == user_id:
            raise NoGrantToOneself
    if role not in PlatformGrant.Role.values:
        raise InvalidInput.of("/role", f"Must be one of {', '.join(PlatformGrant.Role.values)}.", "unknown")
    user = User.objects.filter(id=user_id, kind=User.Kind.PERSON, is_active=True).first()
    if user is None:
        raise UserNotFound
    row = PlatformGrant(user=user, role=role, granted_by=by, granted_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise RoleHeld from error
    _sync_admin_access(user)
    audit.record(action="platform_role.granted", target=row, by=by.pk if by else None, now=now, detail={"role": role})
    return row


@transaction.atomic
def revoke_platform_role(*, grant_id: UUID, by: User, now: datetime) -> PlatformGrant:
    """Take a platform role back; it counts no more from the next request on.

    Raises:
        NotPermitted, UserNotFound.
    """
    require_grant(by, "roles.grant")
    row = PlatformGrant.objects.select_for_update().filter(id=grant_id, revoked_at__isnull=True).first()
    if row is None:
        raise UserNotFound("There is no such role.")
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _sync_admin_access(row.user)
    audit.record(action="platform_role.revoked", target=row, by=by.pk, now=now, detail={"role": row.role})
    return row


def _check_facts(name: str, country: str, timezone: str, slug: str = "any-slug") -> None:
    problems: list[FieldProblem] = []
    collect(problems, "/name", lambda: clean_name(name))
    collect(problems, "/country", lambda: check_country(country))
    collect(problems, "/timezone", lambda: check_timezone(timezone))
    if SLUG.fullmatch(slug) is None:
        problems.append(FieldProblem("/slug", "invalid", "Use 2 to 60 lower-case letters, digits and hyphens."))
    if problems:
        raise InvalidInput("The organization is not valid.", problems)


def _sync_admin_access(user: User) -> None:
    """Let operators into the admin, and nobody else who is no superuser."""
    operates = user.platform_grants.filter(role=PlatformGrant.Role.OPERATOR, revoked_at__isnull=True).exists()
    User.objects.filter(id=user.pk).update(is_staff=operates or user.is_superuser)
