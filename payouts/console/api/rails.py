"""Rails over HTTP: where money can go."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import APIView, read_filters
from payouts.console.api.earnings import show_money
from payouts.console.serializers.rails import PayRouteFilter, PayRoutesOut
from payouts.rails.capabilities import Capability, describe_routes, find_route, list_capabilities, table_version

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
