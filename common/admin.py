"""The operators' admin: rows that commands alone write, to be found and read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from common.models import AuditEvent, Delivery, Erasure, OutboxEvent
from common.permissions import has_grant

OPERATE = "operate"


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A model whose rows operators and superusers read here and nobody writes here: verbs keep the rules and the trail."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators enter."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators read."""
        return has_grant(request.user, OPERATE) or bool(super().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what."""

    list_display: ClassVar = ["at", "actor", "action", "object_type", "object_id", "ok"]
    list_filter: ClassVar = ["ok", "object_type"]
    search_fields: ClassVar = ["action", "object_id", "actor__email"]
    list_select_related: ClassVar = ["actor"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """News."""

    list_display: ClassVar = ["occurred_at", "name", "id"]
    search_fields: ClassVar = ["name", "id"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Who has to act on news, and what went wrong."""

    list_display: ClassVar = ["event", "handler", "attempts", "next_attempt_at", "delivered_at"]
    list_filter: ClassVar = [("delivered_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["handler", "event__name"]
    list_select_related: ClassVar = ["event"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Who was erased, by id."""

    list_display: ClassVar = ["at", "kind", "person_id", "by_id", "kept_until", "replayed_at"]
    list_filter: ClassVar = ["kind"]
    search_fields: ClassVar = ["person__id"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
