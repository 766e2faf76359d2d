"""Invitations, offers and engagements in the operators' admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.staffing.models import Engagement, Invitation, Offer


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations."""

    list_display: ClassVar = ["opening", "expert", "state", "sent_at", "expires_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "opening__title", "expert__preferred_name"]
    list_select_related: ClassVar = ["opening", "expert"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Offers."""

    list_display: ClassVar = ["opening", "expert", "state", "weekly_cap_minutes", "sent_at", "expires_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "opening__title", "expert__preferred_name"]
    list_select_related: ClassVar = ["opening", "expert"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False


@admin.register(Engagement)
class EngagementAdmin(ReadOnlyAdmin):
    """Engagements."""

    list_display: ClassVar = ["expert", "opening", "state", "weekly_cap_minutes", "timezone", "started_at", "ended_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["id", "opening__title", "expert__preferred_name"]
    list_select_related: ClassVar = ["expert", "opening"]
    ordering: ClassVar = ["-id"]
    show_full_result_count = False
