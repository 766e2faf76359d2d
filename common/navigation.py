"""Where each area's pages are entered: features register their items, the base page shows what the viewer may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import NoReverseMatch, reverse

from common.icons import ICONS
from common.permissions import has_grant

AREAS = {"expert": "Expert", "manager": "Projects", "finance": "Finance", "operator": "Operations"}
GROUPS = ("Pay", "People", "Clients", "Books", "Provider")
"""Headings under "More" for an area with many pages, in this order; items without one stand under their area."""

TABS_AT_MOST = 5
"""A phone shows five tabs; what is left over stands under "More"."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation.

    ``grant`` is the code that ``common.permissions.has_grant`` is asked for; an empty one shows the item to everyone
    who is logged in. Items of an area are ordered by ``order``, then by label. ``group`` is their heading under "More".
    """

    label: str
    url_name: str
    grant: str
    order: int
    area: str
    icon: str = "list"
    group: str = ""

    def __post_init__(self) -> None:
        if self.area not in AREAS:
            raise ValueError(f"{self.area!r} is none of {', '.join(AREAS)}")
        if self.icon not in ICONS:
            raise ValueError(f"{self.icon!r} is none of {', '.join(ICONS)}")
        if self.group not in ("", *GROUPS):
            raise ValueError(f"{self.group!r} is none of {', '.join(GROUPS)}")


@dataclass(frozen=True, slots=True)
class NavLink:
    """An item as the page shows it."""

    label: str
    href: str
    icon: str
    area: str
    group: str
    current: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """``tabs`` are always visible; ``more`` holds the rest, (heading, links) each."""

    tabs: tuple[NavLink, ...] = ()
    more: tuple[tuple[str, tuple[NavLink, ...]], ...] = ()


_items: dict[str, NavItem] = {}


def register(*items: NavItem) -> None:
    """Add ``items``; a second registration of a url name replaces the first, so that a reload adds nothing."""
    _items.update({item.url_name: item for item in items})


def list_items() -> list[NavItem]:
    """Return every registered item, by area, order and label."""
    areas = list(AREAS)
    return sorted(_items.values(), key=lambda item: (areas.index(item.area), item.order, item.label))


def build_navigation(user: Any, path: str) -> Navigation:
    """Return what ``user`` may enter, with the item whose address is the longest prefix of ``path`` as the current one.

    The tabs are the area of the current page, else the first area with an item; an anonymous user gets none.
    """
    if not getattr(user, "is_authenticated", False):
        return Navigation()
    links = _mark_current([_link(item) for item in _permitted(user)], path)
    if not links:
        return Navigation()
    area = next((link.area for link in links if link.current), links[0].area)
    own = [link for link in links if link.area == area]
    others = [link for link in links if link.area != area]
    shown = len(own) if len(own) <= TABS_AT_MOST and not others else TABS_AT_MOST - 1
    rest = own[shown:] + others
    return Navigation(tabs=tuple(own[:shown]), more=_by_heading(rest))


def _permitted(user: Any) -> Iterable[NavItem]:
    return (item for item in list_items() if not item.grant or has_grant(user, item.grant))


def _link(item: NavItem) -> NavLink:
    try:
        href = reverse(item.url_name)
    except NoReverseMatch as error:
        raise LookupError(f"navigation item {item.label!r} names the unknown page {item.url_name!r}") from error
    return NavLink(item.label, href, item.icon, item.area, item.group, current=False)


def _mark_current(links: list[NavLink], path: str) -> list[NavLink]:
    inside = [link.href for link in links if path == link.href or (link.href != "/" and path.startswith(link.href))]
    current = max(inside, key=len, default=None)
    return [replace(link, current=link.href == current) for link in links]


def _by_heading(links: list[NavLink]) -> tuple[tuple[str, tuple[NavLink, ...]], ...]:
    headings = [(area, group) for area in AREAS for group in ("", *GROUPS)]
    grouped = {key: tuple(link for link in links if (link.area, link.group) == key) for key in headings}
    return tuple((group or AREAS[area], members) for (area, group), members in grouped.items() if members)
