"""Who sees which entries."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from common import navigation, permissions
from common.navigation import NavItem, build_navigation

type Grant = Callable[..., Any]


@pytest.fixture
def user_with(monkeypatch: pytest.MonkeyPatch) -> Grant:
    """Give a user exactly the named grants; the registry of entries starts empty."""
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(permissions, "_grant_providers", [lambda user, code, tenant: code in user.grants])
    monkeypatch.setattr(navigation, "reverse", lambda name: f"/{name.replace(':', '/')}/")
    return lambda *grants: SimpleNamespace(is_authenticated=True, is_active=True, grants=grants)


def item(label: str, url_name: str, grant: str = "", order: int = 1, area: str = "expert") -> NavItem:
    return NavItem(label, url_name, grant, order, area)


def test_only_permitted_entries_show_in_their_order(user_with: Grant) -> None:
    navigation.register(
        item("Time", "time", order=3), item("Home", "home", order=1), item("Cycles", "cycles", "pay.prepare")
    )

    shown = build_navigation(user_with(), "/home/")

    assert [(link.label, link.current) for link in shown.tabs] == [("Home", True), ("Time", False)]
    assert shown.more == ()


def test_the_area_of_the_page_fills_the_tabs_and_the_others_stand_under_more(user_with: Grant) -> None:
    navigation.register(item("Home", "home"), item("Cycles", "cycles", "pay.prepare", area="finance"))

    shown = build_navigation(user_with("pay.prepare"), "/cycles/7/")

    assert [(link.label, link.current) for link in shown.tabs] == [("Cycles", True)]
    assert [(area, [link.label for link in links]) for area, links in shown.more] == [("Expert", ["Home"])]


def test_more_than_five_entries_leave_room_for_more(user_with: Grant) -> None:
    navigation.register(*(item(f"Page {n}", f"page{n}", order=n) for n in range(7)))

    shown = build_navigation(user_with(), "/page0/")

    assert len(shown.tabs) == 4
    assert [link.label for link in shown.more[0][1]] == ["Page 4", "Page 5", "Page 6"]


def test_under_more_entries_stand_by_their_headings(user_with: Grant) -> None:
    tabs = [NavItem(f"Page {n}", f"page{n}", "", n, "finance") for n in range(4)]
    rest = [("Months", "Books"), ("Holds", "Pay"), ("Help", ""), ("Journal", "Books")]
    navigation.register(*tabs, *(NavItem(label, label, "", 9, "finance", group=group) for label, group in rest))

    shown = build_navigation(user_with(), "/page0/")

    assert [(heading, [link.label for link in links]) for heading, links in shown.more] == [
        ("Finance", ["Help"]),
        ("Pay", ["Holds"]),
        ("Books", ["Journal", "Months"]),
    ]


def test_a_heading_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'Payy' is none of Pay"):
        NavItem("Holds", "holds", "", 1, "finance", group="Payy")


def test_of_two_entries_the_longer_address_is_the_current_one(user_with: Grant) -> None:
    navigation.register(item("Work", "work"), item("Offers", "work:offers", order=2))

    shown = build_navigation(user_with(), "/work/offers/3/")

    assert [link.label for link in shown.tabs if link.current] == ["Offers"]


def test_an_anonymous_visitor_has_no_entries(user_with: Grant) -> None:
    navigation.register(item("Home", "home"))

    assert build_navigation(SimpleNamespace(is_authenticated=False), "/home/") == navigation.Navigation()


def test_registering_twice_adds_nothing(user_with: Grant) -> None:
    navigation.register(item("Home", "home"))
    navigation.register(item("Start", "home"))

    assert [entry.label for entry in navigation.list_items()] == ["Start"]


@pytest.mark.parametrize(("area", "icon"), [("sales", "home"), ("expert", "dragon")])
def test_an_unknown_area_or_icon_is_refused(area: str, icon: str) -> None:
    with pytest.raises(ValueError, match="is none of"):
        NavItem("Home", "home", "", 1, area, icon)
