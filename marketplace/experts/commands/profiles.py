"""Verbs of the profile itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import NotPermitted
from common.permissions import require_grant
from marketplace.experts import search_row
from marketplace.experts.commands.shared import clean_profile, lock_own_profile, refuse, save_change
from marketplace.experts.errors import ProfileExists, ProfileIncomplete
from marketplace.experts.inputs import ProfileInput, find_profile_problems
from marketplace.experts.models import Expert
from marketplace.experts.queries import get_profile
from marketplace.identity.models import User


@transaction.atomic
def create_profile(*, profile: ProfileInput, by: User, now: datetime) -> Expert:
    """Create the caller's own profile in DRAFT.

    Raises:
        InvalidInput: every defect, by field. ProfileExists. NotPermitted: an API key is no expert.
    """
    if by.kind != User.Kind.PERSON:
        raise NotPermitted("Only a person can be an expert.")
    refuse(find_profile_problems(profile), "The profile is not valid.")
    row = Expert(user=by, created_at=now, **clean_profile(profile))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ProfileExists from error
    audit.record(action="expert.created", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def update_profile(*, profile: ProfileInput, expected_version: int, by: User, now: datetime) -> Expert:
    """Replace the caller's own words and facts.

    Raises:
        ExpertProfileNotFound, InvalidInput, StaleVersion.
    """
    row = lock_own_profile(by, expected_version)
    refuse(find_profile_problems(profile), "The profile is not valid.")
    for name, value in clean_profile(profile).items():
        setattr(row, name, value)
    save_change(row, "expert.changed", by, now)
    return row


@transaction.atomic
def move_profile(*, to: str, by: User, now: datetime) -> Expert:
    """Activate, pause or close the caller's own profile; what was earned is paid whatever the state.

    Raises:
        ExpertProfileNotFound, IllegalTransition; ProfileIncomplete: nothing to be found by yet.
    """
    row = lock_own_profile(by)
    if to == Expert.State.ACTIVE and not (row.languages.exists() and row.skills.exists()):
        raise ProfileIncomplete
    states.move(row, to, by=by.pk, now=now)
    search_row.refresh([row.id], now=now)
    return row


@transaction.atomic
def read_profile(*, expert_id: UUID, by: User, now: datetime) -> Expert:
    """Return anybody's whole profile and record that ``by`` read it.

    Raises:
        NotPermitted, ExpertProfileNotFound.
    """
    require_grant(by, "operate")
    row = get_profile(expert_id)
    audit.record(action="expert.read", target=row, by=by.pk, now=now)
    return row
