"""Work in the operators' admin: who took what and how it was decided. Contents of tasks and answers are the client's and stay out."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.work.models import AcceptanceOrder, Batch, Claim, ImportReport, Outcome, Review, Submission, Task


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Batches."""

    list_display: ClassVar = ["name", "project", "state", "task_count", "created_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["name", "project__code", "project__name"]
    list_select_related: ClassVar = ["project"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks; their content stays out."""

    list_display: ClassVar = ["external_id", "batch", "wanted", "taken", "accepted", "created_at"]
    search_fields: ClassVar = ["id", "external_id", "batch__name"]
    list_select_related: ClassVar = ["batch"]
    exclude: ClassVar = ["content"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    """Claims."""

    list_display: ClassVar = ["task", "expert_user", "project", "state", "claimed_at", "lease_until"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "task__external_id", "expert_user__email"]
    list_select_related: ClassVar = ["task", "expert_user", "project"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Submissions; their content stays out."""

    list_display: ClassVar = ["claim", "number", "state", "submitted_at", "decided_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "claim__task__external_id"]
    list_select_related: ClassVar = ["claim"]
    exclude: ClassVar = ["content"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Decisions on work."""

    list_display: ClassVar = ["submission", "decision", "reason_code", "reviewer", "decided_at"]
    list_filter: ClassVar = ["decision", "reason_code"]
    search_fields: ClassVar = ["id", "reviewer__email", "author__email"]
    list_select_related: ClassVar = ["submission", "reviewer"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    """What became of work at clients'."""

    list_display: ClassVar = ["submission", "kind", "reported_by", "reported_at"]
    list_filter: ClassVar = ["kind"]
    search_fields: ClassVar = ["id", "submission__claim__task__external_id", "reported_by__email"]
    list_select_related: ClassVar = ["submission", "reported_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(AcceptanceOrder)
class AcceptanceOrderAdmin(ReadOnlyAdmin):
    """Orders to accept, and what stood in the way."""

    list_display: ClassVar = ["submission", "ordered_by", "state", "refusal_code", "ordered_at", "settled_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "submission__claim__task__external_id", "ordered_by__email"]
    list_select_related: ClassVar = ["submission", "ordered_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(ImportReport)
class ImportReportAdmin(ReadOnlyAdmin):
    """Imports and what was wrong in them."""

    list_display: ClassVar = ["file_name", "project", "row_count", "is_dry_run", "created_by", "created_at"]
    list_filter: ClassVar = ["is_dry_run"]
    search_fields: ClassVar = ["file_name", "project__code"]
    list_select_related: ClassVar = ["project", "created_by"]
    exclude: ClassVar = ["bad_rows"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
