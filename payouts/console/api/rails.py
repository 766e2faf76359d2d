"""Rails over HTTP: where money can go, how each rail is, and lifting a stop."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, read_filters
from common.errors import NotFound
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.rails import PayRouteFilter, PayRoutesOut, RailOut, RailsOut
from payouts.rails.capabilities import Capability, describe_routes, find_route, list_capabilities, table_version
from payouts.rails.queries import RailHealth, get_health
from payouts.rails.registry import list_rails
from payouts.transfers.commands import lift_stop
from payouts.transfers.queries import find_stop

_PLAIN = (
    "country",
    "currency",
    "bank_currency",
    "rail",
    "agreement",
    "is_available",
    "multiple",
    "fee_bps",
    "effective_from",
    "effective_to",
    "evidence",
    "source",
)


def show_capability(row: Capability) -> dict[str, Any]:
    """Return a row of the table as JSON."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    return plain | {"minimum": show_money(row.minimum), "fee": show_money(row.fee)}


class PayRoutesView(APIView):
    """Where money can go."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[PayRouteFilter], responses=PayRoutesOut)
    def get(self, request: Request) -> Response:
        """List the ways to pay that hold on a day, planned ones too."""
        wanted = read_filters(request, PayRouteFilter)
        country, currency, day = wanted.get("country", ""), wanted.get("currency", ""), wanted.get("on")
        rows = list_capabilities(country=country, rail=wanted.get("rail", ""), on=day)
        words = ""
        if country:
            words = find_route(country, currency, on=day).words if currency else describe_routes(country, on=day)
        results = [show_capability(row) for row in rows if currency in ("", row.currency)]
        return Response({"version": table_version(), "words": words, "results": results})


def show_rail(health: RailHealth) -> dict[str, Any]:
    """Return how a rail is as JSON."""
    stop = find_stop(health.rail)
    names = ("rail", "circuit", "failures", "opened_at", "last_error", "limit_per_s", "paces")
    return {name: getattr(health, name) for name in names} | {
        "paces": [
            {"endpoint": pace.endpoint, "rate_per_s": pace.rate_per_s, "is_slowed": pace.is_slowed}
            for pace in health.paces
        ],
        "stopped_at": stop and stop.began_at,
        "stopped_because": stop.reason if stop else "",
    }


class RailsView(APIView):
    """How the rails are."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=RailsOut)
    def get(self, request: Request) -> Response:
        """Return pace, circuit breaker and stop of every rail."""
        return Response({"results": [show_rail(get_health(name)) for name in list_rails()]})


class RailLiftView(APIView):
    """A person's word that a rail may go on."""

    grants: ClassVar = {"post": "finance.approve"}
    requires_idempotency_key = True

    @extend_schema(request=None, responses=RailOut)
    def post(self, request: Request, rail: str) -> Response:
        """Lift the stop of a rail on which the provider had refused the platform."""
        if rail not in list_rails():
            raise NotFound
        lift_stop(rail=rail, by=request.user, now=clock.now())
        return Response(show_rail(get_health(rail)))
