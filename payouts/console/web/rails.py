"""The page of where money can go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import web
from common.codes import country_name
from payouts.console.web.books import READ
from payouts.rails.capabilities import RAIL_WORDS, describe_routes, iter_table, list_capabilities, table_version


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
