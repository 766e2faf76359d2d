"""Verbs of people's own accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from knox.models import AuthToken

from common import audit
from common.codes import check_locale, check_timezone
from common.erasure import is_erased
from common.errors import FieldProblem, InvalidInput, NotFound, NotPermitted
from common.permissions import require_grant
from common.text import clean_name
from marketplace.identity.errors import PersonErased, UserNotFound
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


@transaction.atomic
def revoke_all_tokens(*, by: User, now: datetime) -> int:
    """End every token of the caller and return how many there were."""
    ended: int = AuthToken.objects.filter(user=by).delete()[0]
    audit.record(action="token.all_revoked", target=by, by=by.pk, now=now, detail={"count": ended})
    return ended


@transaction.atomic
def disable_user(*, user_id: UUID, reason_text: str, by: User, now: datetime) -> User:
    """Close somebody's account: sessions and tokens end with it, and the next request of any of them is refused.

    What the person earned stays owed and is paid.

    Raises:
        NotPermitted: not an operator, or oneself. UserNotFound. InvalidInput: no reason.
    """
    row = _lock_other(user_id, by)
    if not reason_text.strip():
        raise InvalidInput.of("/reason_text", "Say why the account is closed.", "required")
    row.is_active = False
    row.session_epoch += 1
    row.save(update_fields=["is_active", "session_epoch"])
    AuthToken.objects.filter(user=row).delete()
    audit.record(action="user.disabled", target=row, by=by.pk, now=now, reason_text=reason_text.strip())
    return row


@transaction.atomic
def enable_user(*, user_id: UUID, by: User, now: datetime) -> User:
    """Open a closed account again; old sessions and tokens stay ended.

    Raises:
        NotPermitted, UserNotFound. PersonErased: there is nobody left to open it for.
    """
    row = _lock_other(user_id, by)
    if is_erased(row.pk):
        raise PersonErased
    row.is_active = True
    row.save(update_fields=["is_active"])
    audit.record(action="user.enabled", target=row, by=by.pk, now=now)
    return row


def _lock_other(user_id: UUID, by: User) -> User:
    require_grant(by, "operate")
    if user_id == by.pk:
        raise NotPermitted("Nobody opens or closes their own account here: another operator must do it.")
    row = User.objects.select_for_update().filter(id=user_id, kind=User.Kind.PERSON).first()
    if row is None:
        raise UserNotFound
    return row
