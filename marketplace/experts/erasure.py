"""What a profile tells of a person: all of it goes, but for an empty row that work and engagements point to."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from common.erasure import TOMBSTONE, Part, PersonalRows, owned, register_part
from marketplace.experts.models import (
    AvailabilityWindow,
    Credential,
    Expert,
    ExpertLanguage,
    ExpertSearch,
    ExpertSkill,
    Restriction,
)


def _names(person_id: UUID) -> Iterable[str]:
    for legal, preferred in Expert.objects.filter(user_id=person_id).values_list("legal_name", "preferred_name"):
        yield from (legal, preferred)


register_part(
    "marketplace.experts",
    Part(
        names=_names,
        rows=(
            *(
                PersonalRows(model=model, find=owned(model, "expert__user_id"), is_deleted=True)
                for model in (ExpertSearch, AvailabilityWindow, ExpertLanguage, ExpertSkill, Credential)
            ),
            PersonalRows(
                model=Expert,
                find=owned(Expert, "user_id"),
                becomes={
                    # Closed for good: neither found nor matched, and no transition leads out of it.
                    "state": Expert.State.CLOSED,
                    "legal_name": TOMBSTONE,
                    "preferred_name": TOMBSTONE,
                    "headline": "",
                    "biography": "",
                    "residence_country": "",
                    "tax_country": "",
                    "bank_country": "",
                    "timezone": "UTC",
                    "weekly_capacity_minutes": 0,
                    "wish_minor_per_hour": None,
                    "wish_currency": "",
                },
                counts_up=True,
            ),
            PersonalRows(model=Restriction, find=owned(Restriction, "user_id"), named=("reason_text",)),
        ),
    ),
)
