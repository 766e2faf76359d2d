"""Who looks at a page: the zone and the language it is shown in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from common.codes import check_timezone


def zone_of(user: Any) -> tzinfo:
    """Return the zone of ``user`` (its IANA name in ``timezone``), UTC for anyone without a valid one."""
    name = getattr(user, "timezone", "") or "UTC"
    try:
        return ZoneInfo(check_timezone(name))
    except ValueError:
        return ZoneInfo("UTC")


def language_of(user: Any) -> str | None:
    """Return the translation nearest to the ``locale`` of ``user``, or None to let the browser decide."""
    locale = getattr(user, "locale", "") or ""
    if not locale:
        return None
    try:
        return translation.get_supported_language_variant(locale.lower())
    except LookupError:
        return settings.LANGUAGE_CODE


class ViewerMiddleware:
    """Activates the zone and language of the logged-in person for the length of one request.

    Stands after AuthenticationMiddleware and LocaleMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            with timezone.override(ZoneInfo("UTC")):
                return self.get_response(request)
        language = language_of(user)
        with timezone.override(zone_of(user)), translation.override(language or translation.get_language()):
            return self.get_response(request)
