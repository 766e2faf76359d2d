"""Verbs of assessment: what another person found out about somebody's skill or language."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import InvalidInput
from marketplace.experts import search_row
from marketplace.experts.commands.shared import lock_to_assess
from marketplace.experts.errors import ExpertProfileNotFound
from marketplace.experts.models import ExpertLanguage, ExpertSkill
from marketplace.experts.rules import LANGUAGE_LEVELS, LARGEST_LEVEL
from marketplace.identity.models import User


@transaction.atomic
def assess_skill(*, expert_id: UUID, kind: str, code: str, level: int, by: User, now: datetime) -> ExpertSkill:
    """Record an assessed level (1..5) of another person's domain or skill; it counts in place of the claim.

    Raises:
        NotPermitted, ExpertProfileNotFound; InvalidInput: level out of range.
    """
    expert = lock_to_assess(expert_id, by)
    if not 1 <= level <= LARGEST_LEVEL:
        raise InvalidInput.of("/level", f"Must be from 1 to {LARGEST_LEVEL}.", "out_of_range")
    row = ExpertSkill.objects.select_related("node").filter(expert=expert, node__kind=kind, node__code=code).first()
    if row is None:
        raise ExpertProfileNotFound("This expert does not claim that.")
    row.assessed_level, row.assessed_by, row.assessed_at = level, by, now
    row.save(update_fields=["assessed_level", "assessed_by", "assessed_at"])
    audit.record(action="expert.skill_assessed", target=row, by=by.pk, now=now, detail={"level": level})
    search_row.refresh([expert.id], now=now)
    return row


@transaction.atomic
def assess_language(
    *, expert_id: UUID, locale: str, modality: str, level: str, by: User, now: datetime
) -> ExpertLanguage:
    """Record an assessed level of another person's language; it counts in place of the claim.

    Raises:
        NotPermitted, ExpertProfileNotFound; InvalidInput: unknown level.
    """
    expert = lock_to_assess(expert_id, by)
    if level not in LANGUAGE_LEVELS:
        raise InvalidInput.of("/level", f"Must be one of {', '.join(LANGUAGE_LEVELS)}.", "unknown")
    row = ExpertLanguage.objects.filter(expert=expert, locale=locale, modality=modality).first()
    if row is None:
        raise ExpertProfileNotFound("This expert does not claim that language.")
    row.assessed_level, row.assessed_at = level, now
    row.save(update_fields=["assessed_level", "assessed_at"])
    audit.record(action="expert.language_assessed", target=row, by=by.pk, now=now, detail={"level": level})
    search_row.refresh([expert.id], now=now)
    return row
