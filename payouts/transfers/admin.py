"""Payouts in the operators' admin: to read only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from payouts.transfers.models import Payout, PayoutAttempt, ProviderEvent, RailStop, TopUp


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Rows that commands alone write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """Payouts."""

    list_display: ClassVar = ["id", "worker", "currency", "amount_minor", "state", "needs_person", "created_at"]
    list_filter: ClassVar = ["state", "needs_person", "currency"]
    search_fields: ClassVar = ["id", "worker__email", "provider_ref", "bank_ref"]


@admin.register(PayoutAttempt)
class PayoutAttemptAdmin(ReadOnlyAdmin):
    """Requests to the provider."""

    list_display: ClassVar = ["idempotency_key", "kind", "outcome", "sends", "request_id", "error_code"]
    list_filter: ClassVar = ["kind", "outcome"]
    search_fields: ClassVar = ["idempotency_key", "provider_id", "request_id"]


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """The provider's webhooks."""

    list_display: ClassVar = ["event_id", "type", "account", "state", "attempts", "received_at"]
    list_filter: ClassVar = ["state", "type"]
    search_fields: ClassVar = ["event_id", "object_id", "account"]


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    """Money brought to the provider."""

    list_display: ClassVar = ["id", "source", "currency", "amount_minor", "state", "created_at"]
    list_filter: ClassVar = ["state", "currency"]


@admin.register(RailStop)
class RailStopAdmin(ReadOnlyAdmin):
    """Times in which nothing was submitted."""

    list_display: ClassVar = ["rail", "began_at", "lifted_at"]
