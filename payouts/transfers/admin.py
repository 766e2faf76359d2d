"""Payouts in the operators' admin: to read only."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from payouts.transfers.models import Payout, PayoutAttempt, ProviderEvent, RailStop, TopUp


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
