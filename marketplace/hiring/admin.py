"""Applications in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.hiring.models import Application


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Applications."""

    list_display: ClassVar = ["opening", "expert", "state", "reason_code", "created_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "opening__title", "expert__preferred_name"]
    list_select_related: ClassVar = ["opening", "expert"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
