"""The catalogue of domains, skills and credentials over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_filters
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.taxonomy.queries import search_nodes


class NodeFilter(Serializer):
    """Narrows the catalogue: words in code, name or aliases; one kind; what hangs directly below a domain."""

    text = TextField(required=False, max_length=100)
    kind = serializers.ChoiceField(TaxonomyNode.Kind.choices, required=False)
    parent = TextField(required=False, max_length=120)  # type: ignore[assignment]  # a filter's name


class NodeOut(serializers.Serializer[Any]):
    """An entry of the catalogue."""

    kind = serializers.ChoiceField(TaxonomyNode.Kind.choices)
    code = serializers.CharField()
    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    parent = serializers.CharField(source="parent.code", default=None, allow_null=True)  # type: ignore[assignment]  # a field's name


class NodePage(serializers.Serializer[Any]):
    """A page of the catalogue."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = NodeOut(many=True)


class NodePages(CursorPagination):
    """By code, as a tree is read."""

    ordering = ("code", "id")  # type: ignore[assignment]  # the framework takes both


class NodesView(APIView):
    """The catalogue."""

    grants: ClassVar = {"get": ("", "taxonomy.read")}

    @extend_schema(parameters=[NodeFilter], responses=NodePage)
    def get(self, request: Request) -> Response:
        """List or search the entries that can be chosen, by code."""
        pages = NodePages()
        rows = search_nodes(**read_filters(request, NodeFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(NodeOut(page, many=True).data)
