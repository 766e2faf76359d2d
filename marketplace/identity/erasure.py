"""What identity knows of a person: the account, every way to log in, roles, and the records of log-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import F, Q, QuerySet
from knox.models import AuthToken

from common.erasure import TOMBSTONE, Erasing, Obstacle, Part, PersonalRows, owned, register_part
from marketplace.identity.models import ApiKey, Membership, PlatformGrant, User


def address_of(person_id: UUID) -> str:
    """Return the address in the place of an erased person's: unique, and of a domain that can never be (RFC 6761, 6.4)."""
    return f"erased-{person_id}@erased.invalid"


def _names(person_id: UUID) -> Iterable[str]:
    person = User.objects.get(pk=person_id)
    return (person.full_name, person.email, *_addresses(person_id))


def _addresses(person_id: UUID) -> Iterable[str]:
    yield from EmailAddress.objects.filter(user_id=person_id).values_list("email", flat=True)


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    for grant in PlatformGrant.objects.filter(user_id=person_id, revoked_at__isnull=True).order_by("id"):
        yield Obstacle("platform_role", f"The role {grant.get_role_display()}: it has to be taken back first.")
    owners = Membership.objects.filter(role=Membership.Role.OWNER, ended_at__isnull=True)
    for own in owners.filter(user_id=person_id).select_related("organization").order_by("id"):
        if not owners.filter(organization_id=own.organization_id).exclude(user_id=person_id).exists():
            words = f"The only owner of {own.organization.name}: another has to be named first."
            yield Obstacle("last_owner", words)


def _close(erasing: Erasing) -> None:
    """End roles and log-in: every session counts for one epoch."""
    mine = {"user_id": erasing.person_id}
    Membership.objects.filter(**mine, ended_at__isnull=True).update(ended_at=erasing.now)
    PlatformGrant.objects.filter(**mine, revoked_at__isnull=True).update(revoked_at=erasing.now)
    person = User.objects.get(pk=erasing.person_id)
    person.groups.clear()
    person.user_permissions.clear()
    User.objects.filter(pk=erasing.person_id).update(session_epoch=F("session_epoch") + 1)


def _typed_names(erasing: Erasing, field: str = "username") -> Q:
    typed = Q(pk__in=())
    for name in erasing.names.whole:
        if "@" in name:
            typed |= Q(**{f"{field}__iexact": name})
    return typed


def _sessions(erasing: Erasing) -> QuerySet[Session]:
    """Return their sessions. What a session holds is signed text, so each is read; it names its user and their address."""
    reader, person = SessionStore(), str(erasing.person_id)
    stored = Session.objects.values_list("session_key", "session_data").iterator(chunk_size=2000)
    keys = [key for key, data in stored if str(reader.decode(data).get("_auth_user_id")) == person]
    return Session.objects.filter(session_key__in=keys)


def _admin_log(erasing: Erasing) -> QuerySet[LogEntry]:
    about = Q(content_type__app_label="marketplace", content_type__model="user", object_id=str(erasing.person_id))
    return LogEntry.objects.filter(about | Q(user_id=erasing.person_id))


register_part(
    "marketplace.identity",
    Part(
        names=_names,
        obstacles=_obstacles,
        close=_close,
        rows=(
            PersonalRows(model=Session, find=_sessions, is_deleted=True),
            PersonalRows(model=AuthToken, find=owned(AuthToken, "user_id"), is_deleted=True),
            PersonalRows(model=Authenticator, find=owned(Authenticator, "user_id"), is_deleted=True),
            PersonalRows(model=EmailAddress, find=owned(EmailAddress, "user_id"), is_deleted=True),
            *(
                PersonalRows(
                    model=log,
                    find=lambda erasing, log=log: log.objects.filter(_typed_names(erasing)),  # type: ignore[misc]
                    is_deleted=True,
                )
                for log in (AccessAttempt, AccessFailureLog, AccessLog)
            ),
            PersonalRows(model=LogEntry, find=_admin_log, named=("object_repr", "change_message")),
            PersonalRows(model=ApiKey, find=owned(ApiKey, "created_by_id"), named=("name",)),
            PersonalRows(
                model=User,
                find=owned(User, "api_key__created_by_id", kind=User.Kind.SERVICE),
                named=("full_name",),
            ),
            PersonalRows(
                model=User,
                find=owned(User, "pk"),
                becomes={
                    "full_name": TOMBSTONE,
                    "timezone": "UTC",
                    "locale": "en",
                    "theme": User.Theme.SYSTEM,
                    "is_active": False,
                    "is_staff": False,
                    "is_superuser": False,
                    "last_login": None,
                },
                derived={
                    "email": lambda erasing, row: address_of(erasing.person_id),
                    "password": lambda erasing, row: make_password(None),
                },
            ),
        ),
    ),
)
