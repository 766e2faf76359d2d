"""New accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from common import audit
from common.codes import check_locale, check_timezone
from common.errors import FieldProblem, InvalidInput
from common.models import AuditEvent
from common.permissions import require_grant
from common.text import clean_name
from marketplace.identity.commands.shared import collect
from marketplace.identity.errors import EmailTaken
from marketplace.identity.models import User


@transaction.atomic
def register_user(
    *, email: str, password: str | None, full_name: str, timezone: str = "UTC", locale: str = "en", now: datetime
) -> User:
    """Create an account for a person; None as password makes one that cannot log in until it is reset.

    Raises:
        InvalidInput: every field that is not valid. EmailTaken.
    """
    user = User(email=email.strip().lower(), timezone=timezone, date_joined=now)
    problems = _check_person(user, full_name, locale)
    if password is not None:
        collect(problems, "/password", lambda: validate_password(password, user))
    if problems:
        raise InvalidInput("The account is not valid.", problems)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise EmailTaken from error
    audit.record(action="user.registered", target=user, by=user.pk, now=now)
    return user


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """One account of ``register_users``."""

    email: str
    full_name: str
    timezone: str = "UTC"
    locale: str = "en"


@transaction.atomic
def register_users(*, people: Sequence[NewPerson], by: User | None, now: datetime) -> list[User]:
    """Create many accounts in a fixed number of statements, all or none; each logs in once its password is reset.

    Raises:
        InvalidInput: every defect, with the person's index first in its pointer. EmailTaken. NotPermitted: not an operator
        (None is the command line, which has no face).
    """
    if by is not None:
        require_grant(by, "operate")
    problems: list[FieldProblem] = []
    rows = []
    for index, person in enumerate(people):
        row = User(email=person.email.strip().lower(), timezone=person.timezone, date_joined=now)
        row.set_unusable_password()
        rows.append(row)
        found = _check_person(row, person.full_name, person.locale)
        problems += [FieldProblem(f"/{index}{each.pointer}", each.code, each.detail) for each in found]
    if problems:
        raise InvalidInput("An account is not valid.", problems)
    try:
        with transaction.atomic():
            User.objects.bulk_create(rows, batch_size=1000)
    except IntegrityError as error:
        raise EmailTaken from error
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                at=now,
                actor_id=by.pk if by else None,
                action="user.registered",
                object_type=User._meta.label_lower,
                object_id=str(row.pk),
            )
            for row in rows
        ),
        batch_size=1000,
    )
    return rows


def _check_person(row: User, full_name: str, locale: str) -> list[FieldProblem]:
    """Put the cleaned name and locale on ``row`` and return what is wrong with it."""
    problems: list[FieldProblem] = []
    collect(problems, "/full_name", lambda: setattr(row, "full_name", clean_name(full_name)))
    collect(problems, "/timezone", lambda: check_timezone(row.timezone))
    collect(problems, "/locale", lambda: setattr(row, "locale", check_locale(locale)))
    collect(problems, "/email", lambda: validate_email(row.email))
    return problems
