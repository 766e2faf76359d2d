"""New accounts."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from common import audit
from common.codes import check_locale, check_timezone
from common.errors import FieldProblem, InvalidInput
from common.text import clean_name
from marketplace.identity.commands.shared import collect
from marketplace.identity.errors import (
    EmailTaken,
)
from marketplace.identity.models import User


@transaction.atomic
def register_user(
    *, email: str, password: str | None, full_name: str, timezone: str = "UTC", locale: str = "en", now: datetime
) -> User:
    """Create an account for a person; None as password makes one that cannot log in until it is reset.

    Raises:
        InvalidInput: every field that is not valid. EmailTaken.
    """
    user = User(email=email.strip().lower(), timezone=timezone, locale=locale, date_joined=now)
    problems: list[FieldProblem] = []
    collect(problems, "/full_name", lambda: setattr(user, "full_name", clean_name(full_name)))
    collect(problems, "/timezone", lambda: check_timezone(timezone))
    collect(problems, "/locale", lambda: setattr(user, "locale", check_locale(locale)))
    collect(problems, "/email", lambda: validate_email(user.email))
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
