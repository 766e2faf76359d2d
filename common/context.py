"""What every page knows: its viewer, the way around, the theme. Features register; nothing is imported upward."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from common import clock
from common.formats import zone_name
from common.navigation import Navigation, build_navigation
from common.permissions import has_grant

type PageRole = Literal["home", "account", "login", "notices", "find"]
type NoticeCounter = Callable[[Any], int]

_pages: dict[tuple[PageRole, str], tuple[str, str]] = {}
_notice_counters: list[NoticeCounter] = []


def register_page(role: PageRole, url_name: str, *, label: str = "", grant: str = "") -> None:
    """Say which page plays ``role`` in the top bar; with ``grant`` only for its holders (tried first)."""
    _pages[(role, grant)] = (url_name, label)


def register_notices(counter: NoticeCounter) -> None:
    """Let ``counter(user)`` say how many unread notices the bell shows."""
    _notice_counters.append(counter)


class Portal:
    """The ``portal`` of the template context. Everything is computed when a template asks, once a request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._user: Any = getattr(request, "user", None)

    @cached_property
    def navigation(self) -> Navigation:
        """The items that the viewer's grants permit."""
        return build_navigation(self._user, self._request.path)

    @cached_property
    def viewer_name(self) -> str:
        """The viewer's name as the top bar shows it."""
        return str(self._user.get_full_name())

    @property
    def theme(self) -> str:
        """The viewer's stored theme, ``light``, ``dark`` or ``system``; this browser's choice goes before it."""
        return str(getattr(self._user, "theme", "") or "system").lower()

    @cached_property
    def zone_label(self) -> str:
        """The zone of the times on the page, for the footer."""
        return zone_name(timezone.get_current_timezone(), clock.now())

    @cached_property
    def notices(self) -> int:
        """Unread notices of the viewer."""
        if self._user is None or not self._user.is_authenticated:
            return 0
        return sum(counter(self._user) for counter in _notice_counters)

    @property
    def home_url(self) -> str:
        """Where the wordmark leads."""
        return self._page("home")[0]

    @property
    def account_url(self) -> str:
        """The viewer's own settings."""
        return self._page("account")[0]

    @property
    def login_url(self) -> str:
        """Where to log in."""
        return self._page("login")[0]

    @property
    def notices_url(self) -> str:
        """The viewer's notices."""
        return self._page("notices")[0]

    @property
    def find_url(self) -> str:
        """The search that ``/`` opens."""
        return self._page("find")[0]

    @property
    def find_label(self) -> str:
        """What that search finds, in words."""
        return self._page("find")[1]

    def _page(self, role: PageRole) -> tuple[str, str]:
        choices = [(grant, page) for (at, grant), page in _pages.items() if at == role]
        for grant, (url_name, label) in sorted(choices, key=lambda choice: choice[0] == ""):
            if not grant or has_grant(self._user, grant):
                return reverse(url_name), label
        return "", ""


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor: adds ``portal``."""
    return {"portal": Portal(request)}
