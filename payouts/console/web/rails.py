"""The pages of where money can go and of how the rails are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.codes import country_name
from common.errors import NotFound
from common.permissions import has_grant
from payouts.console.web.books import READ
from payouts.rails import registry
from payouts.rails.capabilities import RAIL_WORDS, describe_routes, iter_table, list_capabilities, table_version
from payouts.rails.queries import get_health
from payouts.transfers.commands import lift_stop
from payouts.transfers.queries import find_stop


@web.page(*READ)
def list_routes(request: HttpRequest) -> HttpResponse:
    """Show the table of countries, currencies and rails as it holds today."""
    web.refuse_unknown_filters(request, ["country", "rail"])
    country, rail = request.GET.get("country", ""), request.GET.get("rail", "")
    rows = list_capabilities(country=country, rail=rail)
    codes = {row.country for row in iter_table()}
    context = {
        "page": web.paginate(request, [(country_name(row.country), row) for row in rows]),
        "wanted": {"country": country, "rail": rail},
        "countries": sorted((country_name(code), code) for code in codes),
        "rails": sorted(RAIL_WORDS),
        "words": describe_routes(country) if country in codes else "",
        "version": table_version(),
        "reached": len({row.country for row in list_capabilities() if row.is_available}),
    }
    return render(request, "finance/routes.html", context)


#: The word and tone of a circuit's state.
CIRCUIT_WORDS = {
    "CLOSED": ("Open for calls", "done"),
    "OPEN": ("Nothing is sent", "stop"),
    "HALF_OPEN": ("Trying one call", "ask"),
}


@web.page(*READ)
def show_rails(request: HttpRequest) -> HttpResponse:
    """Show pace, circuit breaker and stop of every rail."""
    web.refuse_unknown_filters(request, [])
    healths = [get_health(name) for name in registry.list_rails()]
    rows = [(health, *CIRCUIT_WORDS[health.circuit], find_stop(health.rail)) for health in healths]
    may_lift = has_grant(request.user, "finance.approve")
    return render(request, "finance/rails.html", {"rows": rows, "may_lift": may_lift})


@web.page("finance.approve", methods=("POST",))
def lift(request: HttpRequest, rail: str) -> HttpResponse:
    """Let a stopped rail go on."""
    if rail not in registry.list_rails():
        raise NotFound
    lifted = lift_stop(rail=rail, by=request.user, now=clock.now())
    words = "The rail goes on: what waits is sent within a minute." if lifted else "The rail was not stopped."
    return web.done(request, words, "finance:rails")
