"""Every page that the URL resolver lists, in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from tests.browser.browsing import Visitor, check_every_look
from tests.browser.page_arguments import NOT_SHOWN, VISITS, Visit
from tests.browser.pages import Route, list_routes
from tests.browser.world import World, make_world

ROUTES = [route for route in list_routes() if "GET" in route.methods and route.name not in NOT_SHOWN]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name or route.route)
def test_every_page_passes_axe_in_every_look(route: Route, visit: Callable[..., Visitor]) -> None:
    world = make_world()
    how = VISITS.get(route.name, Visit())
    window = visit(_person(world, how, route))

    address = _address(world, how, route)

    status = window.open(address)

    assert (status, window.path) == (how.status, how.lands_on or urlsplit(address).path)
    assert check_every_look(window, picture=(route.name or "").replace(":", "-")) == []


def _person(world: World, how: Visit, route: Route) -> object:
    if how.person is None:
        return world.holder_of(route.grants[0] if route.grants else "")
    return world.people[how.person] if how.person else None


def _address(world: World, how: Visit, route: Route) -> str:
    kwargs = how.kwargs | (how.prepare(world) if how.prepare else {})
    missing = set(route.arguments) - set(kwargs)
    assert not missing, f"tell {route.name} its {', '.join(sorted(missing))} in tests/browser/page_arguments.py"
    return reverse(route.name, kwargs=kwargs or None) + world.things.get("query", how.query)


def test_whoever_is_listed_as_a_page_is_one() -> None:
    names = {route.name for route in list_routes()}

    assert set(VISITS) - names == set()
    assert set(NOT_SHOWN) - names == set()


def test_every_route_has_a_name() -> None:
    assert [route.route for route in list_routes() if not route.name] == []
