"""Shapes that several answers of the API share."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


def page_of(row: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the schema of a cursor page of ``row``."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return type(row.__name__.replace("Out", "Page"), (serializers.Serializer,), fields)
