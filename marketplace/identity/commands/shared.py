"""What the verbs of identity share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from common import audit
from common.errors import FieldProblem
from common.permissions import require_grant
from marketplace.identity.errors import (
    OrganizationNotFound,
    RoleHeld,
)
from marketplace.identity.models import Membership, Organization, User


def add_membership(organization: Organization, user: User, role: str, by: User | None, now: datetime) -> Membership:
    """Give the role and record it. Raises RoleHeld."""
    row = Membership(organization=organization, user=user, role=role, granted_by=by, granted_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise RoleHeld from error
    audit.record(action="membership.granted", target=row, by=by.pk if by else user.pk, now=now, detail={"role": role})
    return row


def get_organization_to_manage(organization_id: UUID, grant: str, by: User) -> Organization:
    """Return an organization in the caller's scope, where they hold ``grant``, locked.

    Raises:
        OrganizationNotFound, NotPermitted.
    """
    visible = Organization.objects.visible_to(by).filter(id=organization_id)
    organization = Organization.objects.select_for_update().filter(id__in=visible.values("id")).first()
    if organization is None:
        raise OrganizationNotFound
    require_grant(by, grant, tenant=organization.id)
    return organization


def collect(problems: list[FieldProblem], pointer: str, check: Callable[[], object]) -> None:
    """Run ``check`` and keep what it refuses as a problem of ``pointer``."""
    try:
        check()
    except ValidationError as error:
        problems.extend(FieldProblem(pointer, "invalid", message) for message in error.messages)
    except ValueError as error:
        problems.append(FieldProblem(pointer, "invalid", str(error)))
