"""Notices and webhooks in the operators' admin; signing secrets are never shown."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Notices."""

    list_display: ClassVar = ["user", "kind", "title", "created_at", "read_at", "mail_state", "mail_attempts"]
    list_filter: ClassVar = ["mail_state", "kind"]
    search_fields: ClassVar = ["user__email", "source_key"]
    list_select_related: ClassVar = ["user"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Endpoints without their secrets."""

    list_display: ClassVar = ["url", "organization", "is_enabled", "disabled_reason", "created_at"]
    list_filter: ClassVar = ["is_enabled"]
    search_fields: ClassVar = ["id", "url", "organization__name"]
    list_select_related: ClassVar = ["organization"]
    exclude: ClassVar = ["secrets"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Messages to endpoints."""

    list_display: ClassVar = [
        "event_type",
        "endpoint",
        "state",
        "attempts",
        "last_status",
        "next_attempt_at",
        "delivered_at",
    ]
    list_filter: ClassVar = ["state", "event_type"]
    search_fields: ClassVar = ["id", "endpoint__url", "source_key"]
    list_select_related: ClassVar = ["endpoint"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
