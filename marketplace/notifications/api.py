"""Notices and webhook endpoints over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, read_body, read_filters
from marketplace.identity.queries import organizations_with
from marketplace.notifications import commands
from marketplace.notifications.errors import EndpointNotFound
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint
from marketplace.notifications.rules import EVENT_TYPES

MANAGE = "webhooks.manage"


class NoticeFilter(Serializer):
    """Narrows the list of notices."""

    unread = serializers.BooleanField(required=False)


class NoticeOut(serializers.ModelSerializer[Notice]):
    """A message to the caller."""

    class Meta:
        model = Notice
        fields = ("id", "kind", "title", "body", "path", "created_at", "read_at")


class NoticePage(serializers.Serializer[Any]):
    """A page of notices."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = NoticeOut(many=True)


class EndpointIn(Serializer):
    """Where to send which events."""

    url = serializers.URLField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(EVENT_TYPES), min_length=1, max_length=20)


class EndpointOut(serializers.ModelSerializer[WebhookEndpoint]):
    """An endpoint, without its secrets."""

    class Meta:
        model = WebhookEndpoint
        fields = ("id", "url", "events", "is_enabled", "disabled_reason", "created_at")


class NewEndpointOut(serializers.Serializer[Any]):
    """A new endpoint with its signing secret, shown this once."""

    endpoint = EndpointOut()
    secret = serializers.CharField()


class SecretOut(serializers.Serializer[Any]):
    """A new signing secret, shown this once."""

    secret = serializers.CharField()


class DeliveryOut(serializers.ModelSerializer[WebhookDelivery]):
    """One message and what became of it."""

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "event_type",
            "body",
            "state",
            "attempts",
            "next_attempt_at",
            "last_status",
            "last_error",
            "created_at",
            "delivered_at",
        )


class DeliveryPage(serializers.Serializer[Any]):
    """A page of messages."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DeliveryOut(many=True)


class NoticesView(APIView):
    """What the caller was told."""

    grants: ClassVar = {"get": "", "post": ""}

    @extend_schema(parameters=[NoticeFilter], responses=NoticePage)
    def get(self, request: Request) -> Response:
        """List one's own notices, newest first."""
        filters = read_filters(request, NoticeFilter)
        rows = Notice.objects.filter(user=request.user)
        if "unread" in filters:
            rows = rows.filter(read_at__isnull=filters["unread"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(NoticeOut(page, many=True).data)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark all of one's own notices as read."""
        commands.mark_all_read(by=request.user, now=clock.now())
        return Response(status=204)


class NoticeReadView(APIView):
    """One notice."""

    grants: ClassVar = {"post": ""}

    @extend_schema(request=None, responses=NoticeOut)
    def post(self, request: Request, notice_id: UUID) -> Response:
        """Mark one's own notice as read."""
        row = commands.mark_read(notice_id=notice_id, by=request.user, now=clock.now())
        return Response(NoticeOut(row).data)


class EndpointsView(APIView):
    """An organization's webhook endpoints."""

    grants: ClassVar = {"get": MANAGE, "post": MANAGE}

    @extend_schema(responses=EndpointOut(many=True))
    def get(self, request: Request, organization_id: UUID) -> Response:
        """List the endpoints, newest first."""
        read_filters(request)
        organization = organizations_with(request.user, MANAGE).filter(id=organization_id).first()
        if organization is None:
            raise EndpointNotFound("There is no such organization.")
        return Response(EndpointOut(organization.webhook_endpoints.order_by("-id"), many=True).data)

    @extend_schema(request=EndpointIn, responses={201: NewEndpointOut})
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Create an endpoint; its signing secret is shown this once."""
        body = read_body(request, EndpointIn)
        row, secret = commands.create_endpoint(
            organization_id=organization_id, by=request.user, now=clock.now(), **body
        )
        return Response({"endpoint": EndpointOut(row).data, "secret": secret}, status=201)


class EndpointDisableView(APIView):
    """The end of an endpoint."""

    grants: ClassVar = {"post": MANAGE}

    @extend_schema(request=None, responses=EndpointOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Disable an endpoint."""
        row = commands.disable_endpoint(endpoint_id=endpoint_id, by=request.user, now=clock.now())
        return Response(EndpointOut(row).data)


class EndpointSecretView(APIView):
    """A change of the signing secret."""

    grants: ClassVar = {"post": MANAGE}

    @extend_schema(request=None, responses=SecretOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Add a new secret; the old one signs along until the next change."""
        secret = commands.rotate_secret(endpoint_id=endpoint_id, by=request.user, now=clock.now())
        return Response({"secret": secret})


class EndpointTestView(APIView):
    """A trial."""

    grants: ClassVar = {"post": MANAGE}

    @extend_schema(request=None, responses={201: DeliveryOut})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a ``test.ping``."""
        row = commands.send_test_event(endpoint_id=endpoint_id, by=request.user, now=clock.now())
        return Response(DeliveryOut(row).data, status=201)


class DeliveriesView(APIView):
    """The log of an endpoint."""

    grants: ClassVar = {"get": MANAGE}

    @extend_schema(responses=DeliveryPage)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """List the messages to an endpoint, newest first."""
        read_filters(request)
        mine = organizations_with(request.user, MANAGE)
        endpoint = WebhookEndpoint.objects.filter(id=endpoint_id, organization__in=mine).first()
        if endpoint is None:
            raise EndpointNotFound
        pages = CursorPagination()
        page = pages.paginate_queryset(endpoint.deliveries.all(), request, view=self) or []
        return pages.get_paginated_response(DeliveryOut(page, many=True).data)


class RedeliveryView(APIView):
    """Another try."""

    grants: ClassVar = {"post": MANAGE}

    @extend_schema(request=None, responses=DeliveryOut)
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Send a message again under the same id."""
        row = commands.redeliver(delivery_id=delivery_id, by=request.user, now=clock.now())
        return Response(DeliveryOut(row).data)
