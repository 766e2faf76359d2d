"""Time in the operators' admin: what devices reported, what became of it, who decided."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.timesheets.models import TimeDecision, TimeEntry, TimeEvent


@admin.register(TimeEvent)
class TimeEventAdmin(ReadOnlyAdmin):
    """Reports of devices."""

    list_display: ClassVar = ["expert_user", "device", "sequence", "kind", "client_at", "server_at"]
    list_filter: ClassVar = ["kind"]
    search_fields: ClassVar = ["expert_user__email", "device"]
    list_select_related: ClassVar = ["expert_user"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(TimeEntry)
class TimeEntryAdmin(ReadOnlyAdmin):
    """Time entries."""

    list_display: ClassVar = ["expert_user", "engagement", "kind", "state", "starts_at", "ends_at", "zone"]
    list_filter: ClassVar = ["state", "kind"]
    search_fields: ClassVar = ["id", "expert_user__email"]
    list_select_related: ClassVar = ["expert_user", "engagement"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(TimeDecision)
class TimeDecisionAdmin(ReadOnlyAdmin):
    """Decisions on time."""

    list_display: ClassVar = ["entry", "decision", "approved_seconds", "reason_code", "decided_by", "decided_at"]
    list_filter: ClassVar = ["decision", "reason_code"]
    search_fields: ClassVar = ["id", "author__email", "decided_by__email"]
    list_select_related: ClassVar = ["entry", "decided_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
