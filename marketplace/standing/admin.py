"""Appeals and cases in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import ReadOnlyAdmin
from marketplace.standing.models import Appeal, Case


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


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Cases; they are answered, decided and appealed on their own page, and nobody reads here what is about themselves."""

    list_display: ClassVar = [
        "worker",
        "kind",
        "domain",
        "locale",
        "task_kind",
        "state",
        "outcome",
        "opened_by",
        "opened_at",
        "decided_by",
        "decided_at",
        "appeal_outcome",
    ]
    list_filter: ClassVar = ["state", "kind", "outcome", "appeal_outcome"]
    search_fields: ClassVar = ["id", "worker__email", "domain"]
    list_select_related: ClassVar = ["worker", "opened_by", "decided_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        """Return the cases about others."""
        rows: QuerySet[Case] = super().get_queryset(request)
        return rows.exclude(worker=request.user.pk)
