"""Verbs of languages, domains and skills, and availability: each list is replaced as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from marketplace.experts.commands.shared import (
    find_unknown_skills,
    load_nodes,
    lock_own_profile,
    make_language,
    make_skill,
    refuse,
    save_change,
)
from marketplace.experts.inputs import (
    LanguageInput,
    SkillInput,
    WindowInput,
    find_language_problems,
    find_skill_problems,
    find_window_problems,
)
from marketplace.experts.models import AvailabilityWindow, Expert, ExpertLanguage, ExpertSkill
from marketplace.identity.models import User


@transaction.atomic
def set_languages(
    *, languages: Sequence[LanguageInput], expected_version: int | None = None, by: User, now: datetime
) -> Expert:
    """Replace the caller's languages; an assessed level stays with its language and modality.

    Raises:
        ExpertProfileNotFound, InvalidInput, StaleVersion.
    """
    row = lock_own_profile(by, expected_version)
    refuse(find_language_problems(languages), "A language is not valid.")
    assessed = {(each.locale, each.modality): each for each in row.languages.exclude(assessed_level="")}
    row.languages.all().delete()
    rows = [make_language(row, each) for each in languages]
    for each in rows:
        before = assessed.get((each.locale, each.modality))
        if before is not None:
            each.assessed_level, each.assessed_at = before.assessed_level, before.assessed_at
    ExpertLanguage.objects.bulk_create(rows)
    save_change(row, "expert.languages_set", by, now)
    return row


@transaction.atomic
def set_skills(*, skills: Sequence[SkillInput], expected_version: int | None = None, by: User, now: datetime) -> Expert:
    """Replace the caller's domains and skills; an assessed level stays.

    Raises:
        ExpertProfileNotFound, StaleVersion; InvalidInput: also for a code that the catalogue does not have.
    """
    row = lock_own_profile(by, expected_version)
    nodes = load_nodes("DOMAIN", "SKILL")
    refuse(find_skill_problems(skills) + find_unknown_skills(list(skills), nodes), "A domain or skill is not valid.")
    assessed = {each.node_id: each for each in row.skills.exclude(assessed_level=None)}
    row.skills.all().delete()
    rows = [make_skill(row, each, nodes) for each in skills]
    for each in rows:
        before = assessed.get(each.node_id)
        if before is not None:
            each.assessed_level, each.assessed_by_id = before.assessed_level, before.assessed_by_id
            each.assessed_at = before.assessed_at
    ExpertSkill.objects.bulk_create(rows)
    save_change(row, "expert.skills_set", by, now)
    return row


@transaction.atomic
def set_availability(
    *, windows: Sequence[WindowInput], expected_version: int | None = None, by: User, now: datetime
) -> Expert:
    """Replace the caller's weekly pattern.

    Raises:
        ExpertProfileNotFound, InvalidInput, StaleVersion.
    """
    row = lock_own_profile(by, expected_version)
    refuse(find_window_problems(windows), "A window is not valid.")
    row.availability.all().delete()
    AvailabilityWindow.objects.bulk_create(AvailabilityWindow(expert=row, **asdict(each)) for each in windows)
    save_change(row, "expert.availability_set", by, now)
    return row
