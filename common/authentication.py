"""How long ago the person behind a request proved who they are, and refusing what needs a fresh proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from allauth.account.authentication import get_authentication_records

from common.errors import NotPermitted

#: Where money goes is changed only by who proved themselves within this time.
#: Source: the step-up rule of the decision on payout diversion in docs (at most ten minutes).
FRESH: Final = timedelta(minutes=10)
#: A proof may be this much in the future: it was written by another server's clock.
_CLOCKS_DIFFER: Final = timedelta(seconds=30)


class ReauthRequired(NotPermitted):
    """What is asked needs a fresh log-in: the proof of who asks is too old."""

    code = "reauth_required"
    title = "Log in again to do this"


def authenticated_at(request: Any) -> datetime | None:
    """Return when the person last logged in to this session or proved themselves again; None without such a session.

    A token proves nothing anew: whoever found it has it for months.
    """
    if getattr(request, "auth", None) is not None or not hasattr(request, "session"):
        return None
    moments = [record["at"] for record in get_authentication_records(request, request.user) if "at" in record]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def require_recent_login(proved_at: datetime | None, *, now: datetime) -> None:
    """Return only if a proof is at most ten minutes old.

    Raises:
        ReauthRequired: it is older, or there is none.
    """
    if proved_at is None or not -_CLOCKS_DIFFER <= now - proved_at <= FRESH:
        raise ReauthRequired
