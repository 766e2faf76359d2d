"""Reads about people and their roles."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from common import clock
from common.models import AuditEvent
from common.permissions import has_grant, read_once, require_grant
from marketplace.identity.errors import OrganizationNotFound, UserNotFound
from marketplace.identity.models import Membership, Organization, User
from marketplace.identity.rules import EXPERT, HeldRoles, counts_from, roles_with

#: Everything that one user holds. By hand, because nearly every request asks it: as querysets it is three statements
#: whose making costs more than their answers.
_HELD: Final = """
SELECT role, organization_id, granted_at FROM marketplace_membership WHERE user_id = %(user)s AND ended_at IS NULL
UNION ALL
SELECT role, NULL, granted_at FROM marketplace_platformgrant WHERE user_id = %(user)s AND revoked_at IS NULL
UNION ALL
SELECT 'EXPERT', NULL, created_at FROM marketplace_expert WHERE user_id = %(user)s
"""


def user_has_grant(user: Any, code: str, tenant: UUID | None = None) -> bool:
    """Say whether a live role of ``user`` holds ``code``, within ``tenant`` where one is named.

    Read from the database on each request, so that a revoked role counts no more from the next one on.
    """
    return find_roles(user).has(code, tenant)


def find_roles(user: Any) -> HeldRoles:
    """Return what ``user`` holds now; a request that only reads reads it once."""
    return read_once(("roles", user.pk), lambda: _read_roles(user))


def _read_roles(user: Any) -> HeldRoles:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"user": user.pk})
        rows = cursor.fetchall()
    now = clock.now()
    return HeldRoles(
        in_organizations=frozenset((role, organization) for role, organization, _ in rows if organization),
        platform=frozenset(
            role
            for role, organization, at in rows
            if organization is None and role != EXPERT and counts_from(role, at) <= now
        ),
        is_expert=any(role == EXPERT for role, _, _ in rows),
    )


def organizations_with(user: Any, code: str) -> QuerySet[Organization]:
    """Return the organizations in which a membership of ``user`` holds ``code``."""
    return Organization.objects.filter(
        memberships__user_id=user.pk,
        memberships__role__in=roles_with(code),
        memberships__ended_at__isnull=True,
    ).distinct()


def find_organization(text: str) -> Organization | None:
    """Return the organization with this id or short name, None if there is none; for whoever may see all of them."""
    try:
        return Organization.objects.filter(id=UUID(text)).first()
    except ValueError:
        return Organization.objects.filter(slug=text).first()


def get_organization(user: Any, organization_id: UUID) -> Organization:
    """Return an organization in the user's scope.

    Raises:
        OrganizationNotFound.
    """
    row = Organization.objects.visible_to(user).filter(id=organization_id).first()
    if row is None:
        raise OrganizationNotFound
    return row


def get_organization_with(user: Any, code: str, organization_id: UUID) -> Organization:
    """Return an organization in the user's scope in which they hold ``code``.

    Raises:
        OrganizationNotFound, NotPermitted.
    """
    row = get_organization(user, organization_id)
    require_grant(user, code, tenant=row.id)
    return row


def get_person_by_email(email: str) -> User:
    """Return the person with this address whose account is open.

    Raises:
        UserNotFound.
    """
    row = User.objects.filter(email__iexact=email.strip(), kind=User.Kind.PERSON, is_active=True).first()
    if row is None:
        raise UserNotFound("Nobody with this e-mail address has an account here. Ask them to sign up first.")
    return row


def list_members(organization: Organization) -> QuerySet[Membership]:
    """Return the live roles of people in an organization, oldest first."""
    live = organization.memberships.filter(ended_at__isnull=True).exclude(role=Membership.Role.SERVICE)
    return live.select_related("user").order_by("granted_at", "id")


def get_person(user_id: UUID) -> User:
    """Return a person, open account or closed.

    Raises:
        UserNotFound.
    """
    row = User.objects.filter(id=user_id, kind=User.Kind.PERSON).first()
    if row is None:
        raise UserNotFound
    return row


def search_people(text: str) -> QuerySet[User]:
    """Return the people whose name or e-mail address contains ``text``, without an order."""
    rows = User.objects.filter(kind=User.Kind.PERSON)
    return rows.filter(Q(full_name__icontains=text) | Q(email__icontains=text)) if text else rows


def list_acts(user: Any, **filters: Any) -> QuerySet[AuditEvent]:
    """Return the acts that ``user`` may read, without an order: their own, and everybody's for auditors."""
    rows = AuditEvent.objects.filter(**filters)
    return rows if has_grant(user, "audit.read") else rows.filter(actor_id=user.pk)
