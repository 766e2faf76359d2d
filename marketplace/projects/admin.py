"""Projects, openings and prices in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.projects.models import Guidelines, Opening, Project, RateLine


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects."""

    list_display: ClassVar = ["code", "name", "organization", "state", "task_kind", "locale", "created_at"]
    list_filter: ClassVar = ["state", "task_kind"]
    search_fields: ClassVar = ["id", "code", "name", "organization__name"]
    list_select_related: ClassVar = ["organization"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Guidelines)
class GuidelinesAdmin(ReadOnlyAdmin):
    """Published guidelines."""

    list_display: ClassVar = ["project", "number", "published_by", "published_at"]
    search_fields: ClassVar = ["project__code", "project__name"]
    list_select_related: ClassVar = ["project", "published_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    """Openings."""

    list_display: ClassVar = ["title", "project", "role", "state", "seats", "created_at"]
    list_filter: ClassVar = ["state", "role"]
    search_fields: ClassVar = ["id", "title", "project__code"]
    list_select_related: ClassVar = ["project"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(RateLine)
class RateLineAdmin(ReadOnlyAdmin):
    """Prices; lines are added and ended on the project's pages."""

    list_display: ClassVar = ["opening", "side", "unit", "amount_minor", "currency", "effective"]
    list_filter: ClassVar = ["side", "unit"]
    search_fields: ClassVar = ["id", "opening__title"]
    list_select_related: ClassVar = ["opening"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
