"""Appeals in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.standing.models import Appeal


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    """Appeals; they are decided on their own page."""

    list_display: ClassVar = [
        "organization",
        "opened_by",
        "state",
        "opened_at",
        "answer_due_at",
        "decided_by",
        "decided_at",
    ]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "opened_by__email", "organization__name"]
    list_select_related: ClassVar = ["organization", "opened_by", "decided_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
