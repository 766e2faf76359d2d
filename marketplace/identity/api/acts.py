"""Who did what, over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_filters
from marketplace.identity.queries import list_acts


class ActFilter(Serializer):
    """Narrows the acts: what was done, to what, by whom."""

    action = TextField(required=False, max_length=100)
    object_type = TextField(required=False, max_length=60)
    object_id = TextField(required=False, max_length=64)
    actor_id = serializers.UUIDField(required=False)


class ActOut(serializers.Serializer[Any]):
    """One act; ``actor_id`` is null for the system itself."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    actor_id = serializers.UUIDField(allow_null=True)
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    ok = serializers.BooleanField()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    detail = serializers.DictField()


class ActPage(serializers.Serializer[Any]):
    """A page of acts."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ActOut(many=True)


class ActsView(APIView):
    """The record of acts."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[ActFilter], responses=ActPage)
    def get(self, request: Request) -> Response:
        """List acts, newest first: one's own, and everybody's for auditors."""
        pages = CursorPagination()
        rows = list_acts(request.user, **read_filters(request, ActFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(ActOut(page, many=True).data)
