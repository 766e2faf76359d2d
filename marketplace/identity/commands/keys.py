"""API keys of organizations."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import FieldProblem, InvalidInput, NotPermitted
from common.permissions import has_grant
from common.text import clean_name
from marketplace.identity.authentication import hash_secret
from marketplace.identity.commands.shared import add_membership, collect, get_organization_to_manage
from marketplace.identity.errors import ApiKeyEnded, ApiKeyNotFound
from marketplace.identity.models import ApiKey, Membership, Organization, User
from marketplace.identity.rules import ROLE_GRANTS

#: A key lives two years at most.
LONGEST_KEY_LIFE = timedelta(days=731)
#: After a rotation both secrets work for a week at most.
LONGEST_OVERLAP_HOURS = 168


@transaction.atomic
def create_api_key(
    *, organization_id: UUID, name: str, scopes: Sequence[str], expires_at: datetime, by: User, now: datetime
) -> tuple[ApiKey, str]:
    """Create a key of the organization and return it with its secret, which is never shown again.

    Raises:
        OrganizationNotFound; NotPermitted: a key mints no key, and nobody gives a scope they do not hold.
        InvalidInput: unknown scopes, or an expiry that is not within two years.
    """
    organization = get_organization_to_manage(organization_id, "keys.manage", by)
    if by.kind == User.Kind.SERVICE:
        raise NotPermitted("An API key cannot create another.")
    _check_key(name, scopes, expires_at, now)
    _require_scopes(scopes, organization, by)
    return _mint(organization, clean_name(name), sorted(set(scopes)), expires_at, by, now)


def _mint(
    organization: Organization, name: str, scopes: list[str], expires_at: datetime, by: User, now: datetime
) -> tuple[ApiKey, str]:
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    service = User.objects.create_user(
        f"key-{prefix}@{organization.slug}.invalid", None, kind=User.Kind.SERVICE, full_name=name
    )
    add_membership(organization, service, Membership.Role.SERVICE, by, now)
    key = ApiKey.objects.create(
        organization=organization,
        user=service,
        name=name,
        prefix=prefix,
        secret_sha256=hash_secret(secret),
        scopes=scopes,
        created_by=by,
        created_at=now,
        expires_at=expires_at,
    )
    audit.record(action="api_key.created", target=key, by=by.pk, now=now, detail={"scopes": key.scopes})
    return key, f"mst_{prefix}_{secret}"


@transaction.atomic
def rotate_api_key(
    *, organization_id: UUID, key_id: UUID, overlap_hours: int, by: User, now: datetime
) -> tuple[ApiKey, str]:
    """Replace a key by one of the same name, scopes and length of life; the old one works for ``overlap_hours`` more.

    Raises:
        OrganizationNotFound, NotPermitted, ApiKeyNotFound, ApiKeyEnded; InvalidInput: an overlap beyond 0 to 168 hours.
    """
    organization = get_organization_to_manage(organization_id, "keys.manage", by)
    if by.kind == User.Kind.SERVICE:
        raise NotPermitted("An API key cannot create another.")
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise InvalidInput.of("/overlap_hours", f"Must be from 0 to {LONGEST_OVERLAP_HOURS}.", "out_of_range")
    old = organization.api_keys.select_for_update().filter(id=key_id).first()
    if old is None:
        raise ApiKeyNotFound
    if old.revoked_at is not None or old.expires_at <= now:
        raise ApiKeyEnded
    _require_scopes(old.scopes, organization, by)
    minted = _mint(organization, old.name, old.scopes, now + (old.expires_at - old.created_at), by, now)
    if overlap_hours:
        old.expires_at = min(old.expires_at, now + timedelta(hours=overlap_hours))
    else:
        old.revoked_at = now
    old.save(update_fields=["expires_at", "revoked_at"])
    audit.record(action="api_key.rotated", target=old, by=by.pk, now=now, detail={"to": minted[0].prefix})
    return minted


@transaction.atomic
def revoke_api_key(*, organization_id: UUID, key_id: UUID, by: User, now: datetime) -> ApiKey:
    """Revoke a key at once; revoking it again changes nothing.

    Raises:
        OrganizationNotFound, NotPermitted, ApiKeyNotFound.
    """
    organization = get_organization_to_manage(organization_id, "keys.manage", by)
    key = organization.api_keys.select_for_update().filter(id=key_id).first()
    if key is None:
        raise ApiKeyNotFound
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        audit.record(action="api_key.revoked", target=key, by=by.pk, now=now)
    return key


def _require_scopes(scopes: Sequence[str], organization: Organization, by: User) -> None:
    beyond = [scope for scope in scopes if not has_grant(by, scope, organization.id)]
    if beyond:
        raise NotPermitted(f"You do not hold {', '.join(beyond)} yourself.")


def _check_key(name: str, scopes: Sequence[str], expires_at: datetime, now: datetime) -> None:
    problems: list[FieldProblem] = []
    collect(problems, "/name", lambda: clean_name(name))
    unknown = sorted(set(scopes) - ROLE_GRANTS["SERVICE"])
    if unknown or not scopes:
        allowed = ", ".join(sorted(ROLE_GRANTS["SERVICE"]))
        problems.append(FieldProblem("/scopes", "unknown", f"Choose from {allowed}."))
    if not now < expires_at <= now + LONGEST_KEY_LIFE:
        problems.append(FieldProblem("/expires_at", "out_of_range", "Must lie ahead, within two years."))
    if problems:
        raise InvalidInput("The API key is not valid.", problems)
