"""Lists: cursor pages of 1 to 200 rows, and filters that are named or refused."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Model
from drf_spectacular.utils import OpenApiParameter
from rest_framework import pagination, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from common.api.fields import Serializer
from common.errors import FieldProblem, InvalidInput


class CursorPagination(pagination.CursorPagination):
    """Newest first by the time-ordered id; ``limit`` is refused, not clamped, outside 1..200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, ValueError, DataError) as error:
            raise InvalidInput.of("/cursor", "This is not a cursor of this list.") from error

    def get_page_size(self, request: Request) -> int:
        raw = request.query_params.get("limit")
        if raw is None:
            return self.page_size
        if not (raw.isascii() and raw.isdigit() and 1 <= len(raw) <= 3 and 1 <= int(raw) <= self.max_page_size):
            raise InvalidInput.of(
                "/limit",
                f"limit must be a whole number from 1 to {self.max_page_size}.",
            )
        return int(raw)


LIMIT = OpenApiParameter(
    name="limit",
    type={
        "type": "integer",
        "minimum": 1,
        "maximum": CursorPagination.max_page_size,
        "default": CursorPagination.page_size,
    },
    description="How many rows a page has.",
)
CURSOR = OpenApiParameter(
    name="cursor",
    description="Where the page begins: taken from `next` or `previous` of another page of the same list.",
)


class NoFilters(Serializer):
    """A list without filters of its own."""


def read_columns(row: Model, columns: Iterable[str]) -> dict[str, Any]:
    """Return what ``values(*columns)`` would give of ``row``, so that a list without rows of the model shows the same."""
    return {name: attrgetter(name.replace("__", "."))(row) for name in columns}


def read_filters(request: Request, declared: type[Serializer] = NoFilters) -> dict[str, Any]:
    """Return the query's filters, parsed by ``declared``.

    Raises:
        InvalidInput: an unknown filter, one given twice, or a value that its field refuses.
    """
    page_parameters = {"limit", "cursor"}
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise InvalidInput(
            "A filter is given twice.",
            [FieldProblem(f"/{name}", "repeated", "Give it once.") for name in repeated],
        )
    data = {name: value for name, value in request.query_params.items() if name not in page_parameters}
    if any("\x00" in value for value in data.values()):
        raise InvalidInput("A filter has a NUL character.")
    return _parse_filters(declared, data) if data else dict(_parse_no_filters(declared))


@cache
def _parse_no_filters(declared: type[Serializer]) -> dict[str, Any]:
    """Return what ``declared`` makes of no filter at all: its defaults, the same on each call."""
    return _parse_filters(declared, {})


def _parse_filters(declared: type[Serializer], data: dict[str, Any]) -> dict[str, Any]:
    serializer = declared(data=data)
    try:
        serializer.is_valid(raise_exception=True)
    except serializers.ValidationError:
        problems = [
            FieldProblem(f"/{name}", str(getattr(detail, "code", "invalid")), str(detail))
            for name, details in serializer.errors.items()
            for detail in (details if isinstance(details, list) else [details])
            if isinstance(detail, str)
        ]
        raise InvalidInput("A filter is not valid.", problems) from None
    return dict(serializer.validated_data)


@cache
def page_of(row: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the schema of a cursor page of ``row``: one class a row, however often it is asked for."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return type(row.__name__.replace("Out", "Page"), (serializers.Serializer,), fields)
