"""Payees in the operators' admin: to read only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from payouts.payees.models import Payee


@admin.register(Payee)
class PayeeAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Where people are paid; changed by themselves and the provider alone."""

    list_display: ClassVar = ["worker", "country", "currency", "state", "bank_last4"]
    list_filter: ClassVar = ["state", "country"]
    search_fields: ClassVar = ["legal_name", "worker__email", "account_id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False
