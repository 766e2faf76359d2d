"""Profiles in the operators' admin: the list tells nothing private, and reading a whole profile is recorded."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from common import clock
from common.admin import ReadOnlyAdmin
from marketplace.experts import commands
from marketplace.experts.models import Credential, Expert, Restriction
from marketplace.identity.models import User


@admin.register(Expert)
class ExpertAdmin(ReadOnlyAdmin):
    """Profiles."""

    list_display: ClassVar = ["id", "preferred_name", "state", "residence_country", "timezone", "created_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "preferred_name", "user__email"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a whole profile and record who read it."""
        row = None if object_id is None else self.get_object(request, object_id)
        if row is not None and request.method == "GET" and self.has_view_permission(request, row):
            commands.read_profile(expert_id=row.id, by=cast(User, request.user), now=clock.now())
        answer: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)
        return answer


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin):
    """Credentials; they are verified on their own page."""

    list_display: ClassVar = ["node", "expert", "state", "country", "valid_from", "valid_until", "verified_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["node__code", "expert__preferred_name"]
    list_select_related: ClassVar = ["node", "expert"]
    ordering: ClassVar = ["-id"]


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    """What is closed to whom; a case's decision or appeal opens it again."""

    list_display: ClassVar = [
        "user",
        "domain",
        "locale",
        "task_kind",
        "is_provisional",
        "began_at",
        "until_at",
        "ended_at",
        "source_key",
    ]
    list_filter: ClassVar = ["is_provisional", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["id", "user__email", "source_key", "domain"]
    list_select_related: ClassVar = ["user"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
