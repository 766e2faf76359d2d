"""Reads of profiles: one's own, the public card, and what waits for verification."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from marketplace.experts.errors import ExpertProfileNotFound
from marketplace.experts.models import AvailabilityWindow, Credential, Expert, ExpertLanguage, ExpertSkill, Restriction


def get_own_profile(user: Any) -> Expert:
    """Return the user's own profile with all its parts.

    Raises:
        ExpertProfileNotFound.
    """
    row = with_parts(Expert.objects.filter(user_id=user.pk)).first()
    if row is None:
        raise ExpertProfileNotFound("You have no expert profile yet.")
    return row


def get_card(user: Any, expert_id: UUID) -> Expert:
    """Return an expert whose public card the user may read, with all its parts.

    Raises:
        ExpertProfileNotFound.
    """
    row = with_parts(Expert.objects.visible_to(user).filter(id=expert_id)).first()
    if row is None:
        raise ExpertProfileNotFound
    return row


def get_profile(expert_id: UUID) -> Expert:
    """Return any expert's whole profile: for operators, whose reading is recorded.

    Raises:
        ExpertProfileNotFound.
    """
    row = with_parts(Expert.objects.filter(id=expert_id)).first()
    if row is None:
        raise ExpertProfileNotFound
    return row


def with_parts(rows: QuerySet[Expert]) -> QuerySet[Expert]:
    """Return ``rows`` with languages, skills, credentials and availability loaded, each in its order."""
    return rows.select_related("user").prefetch_related(
        Prefetch("languages", ExpertLanguage.objects.order_by("locale", "modality")),
        Prefetch("skills", ExpertSkill.objects.select_related("node").order_by("node__kind", "node__code")),
        Prefetch("credentials", Credential.objects.select_related("node").order_by("-valid_from", "id")),
        Prefetch("availability", AvailabilityWindow.objects.order_by("weekday", "start_minute")),
    )


def list_credentials(state: str = "") -> QuerySet[Credential]:
    """Return everybody's credentials with what a verifier needs to know, without an order."""
    rows = Credential.objects.select_related("node", "expert")
    return rows.filter(state=state) if state else rows


def get_credential(credential_id: UUID) -> Credential:
    """Return anybody's credential.

    Raises:
        ExpertProfileNotFound.
    """
    row = list_credentials().filter(id=credential_id).first()
    if row is None:
        raise ExpertProfileNotFound("There is no such credential.")
    return row


def find_restriction(user_id: UUID, *, domain: str, locale: str, task_kind: str, now: datetime) -> Restriction | None:
    """Return what closes work of these codes to a person at ``now``, the decided before the provisional; None = nothing."""
    rows = Restriction.objects.filter(user_id=user_id).in_force(now).closing(domain, locale, task_kind)
    return rows.order_by("is_provisional", "id").first()


def find_decided_restriction(user_id: UUID, *, domain: str, locale: str, task_kind: str) -> Restriction | None:
    """Return the decided restriction of this very scope, None without."""
    rows = Restriction.objects.filter(user_id=user_id, domain=domain, locale=locale, task_kind=task_kind)
    return rows.filter(ended_at__isnull=True, is_provisional=False).first()


def list_restrictions(user_id: UUID, *, now: datetime) -> QuerySet[Restriction]:
    """Return what is closed to a person at ``now``, the oldest first."""
    return Restriction.objects.filter(user_id=user_id).in_force(now).order_by("id")


def restricted_users(*, domain: str, locale: str, task_kind: str, now: datetime) -> QuerySet[Restriction, UUID]:
    """Return the ids of those to whom work of these codes is closed, for use in ``..._id__in=``."""
    return Restriction.objects.in_force(now).closing(domain, locale, task_kind).values_list("user_id", flat=True)
