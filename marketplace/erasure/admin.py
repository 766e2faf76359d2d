"""Requests to be forgotten in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.erasure.models import ErasureRequest


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """Requests; they are decided on their own page."""

    list_display: ClassVar = ["person", "state", "asked_by", "asked_at", "decided_by", "decided_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "person__email"]
    list_select_related: ClassVar = ["person", "asked_by", "decided_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
