"""Which account a log-in attempt is counted against."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from common.error_pages import show_refusal
from marketplace.identity.errors import TooManyAttempts

#: allauth's form and its backend, Django's own, and the API's token request each name the field in their own way.
FIELDS = ("email", "username", "login")


def find_login_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the address that somebody tries to log in with, in small letters; empty if there is none.

    One spelling counts as one account: otherwise each spelling would have tries of its own.
    """
    sources = [credentials or {}, getattr(request, "POST", {})]
    for source in sources:
        for field in FIELDS:
            if value := source.get(field):
                return str(value).strip().lower()
    return ""


def answer_lockout(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer an attempt beyond the limit: a page to people, a problem to programs."""
    return show_refusal(request, TooManyAttempts())
