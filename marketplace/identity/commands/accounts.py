"""Verbs of people's own accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from knox.models import AuthToken

from common import audit
from common.codes import check_locale, check_timezone
from common.errors import FieldProblem, InvalidInput, NotFound
from common.text import clean_name
from marketplace.identity.models import User

TOKEN_LIFE = timedelta(days=90)
"""A personal token is for one's own scripts; who needs longer access uses an organization's key."""


@transaction.atomic
def update_preferences(*, full_name: str, timezone: str, locale: str, theme: str, by: User, now: datetime) -> User:
    """Change how ``by`` is named and shown the portal: zone (IANA), locale (BCP-47), theme (SYSTEM, LIGHT, DARK).

    Raises:
        InvalidInput: naming each field that is wrong; then nothing is changed.
    """
    values: dict[str, str] = {}
    problems: list[FieldProblem] = []
    for name, value, check in (
        ("full_name", full_name, clean_name),
        ("timezone", timezone, check_timezone),
        ("locale", locale, check_locale),
        ("theme", theme, User.Theme),
    ):
        try:
            values[name] = str(check(value))
        except ValueError as error:
            problems.append(FieldProblem(f"/{name}", "invalid", f"{error}."))
    if problems:
        raise InvalidInput(problems[0].detail, problems)
    row = User.objects.select_for_update().get(pk=by.pk)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    audit.record(action="account.changed", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def create_token(*, by: User, now: datetime) -> tuple[AuthToken, str]:
    """Create a personal token of ``TOKEN_LIFE``; its secret is returned this once, its digest is stored."""
    token, secret = AuthToken.objects.create(user=by, expiry=TOKEN_LIFE)
    audit.record(action="token.created", target=by, by=by.pk, now=now, detail={"token_key": token.token_key})
    return token, secret


@transaction.atomic
def revoke_token(*, token_key: str, by: User, now: datetime) -> None:
    """End one's own token: from the next request on it opens nothing.

    Raises:
        NotFound: no token of this person begins so.
    """
    ended, _ = AuthToken.objects.filter(user=by, token_key=token_key).delete()
    if not ended:
        raise NotFound("You have no such token.")
    audit.record(action="token.revoked", target=by, by=by.pk, now=now, detail={"token_key": token_key})
