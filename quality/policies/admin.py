"""Bars, proposals and alarms in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from quality.policies.models import DriftAlarm, Proposal, ScopeBar


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """Proposals; people take them up or turn them down on the pages of standing."""

    list_display: ClassVar = ["worker", "scope", "kind", "state", "proposed_at", "closed_by", "closed_at"]
    list_filter: ClassVar = ["state", "kind"]
    search_fields: ClassVar = ["id", "worker__email"]
    list_select_related: ClassVar = ["worker", "scope", "closed_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(ScopeBar)
class ScopeBarAdmin(ReadOnlyAdmin):
    """Bars, those in force and their history."""

    list_display: ClassVar = ["scope", "bar", "promote_bar", "set_by", "set_at"]
    list_select_related: ClassVar = ["scope", "set_by"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(DriftAlarm)
class DriftAlarmAdmin(ReadOnlyAdmin):
    """Alarms of drift, those that go on and their history."""

    list_display: ClassVar = ["worker", "scope", "mean_before", "mean_after", "since_at", "raised_at", "ended_at"]
    list_filter: ClassVar = ["raised_at"]
    search_fields: ClassVar = ["id", "worker__email"]
    list_select_related: ClassVar = ["worker", "scope"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
