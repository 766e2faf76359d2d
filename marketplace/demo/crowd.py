"""The made-up population: accounts and profiles for search and staffing to work on."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password

from marketplace.demo.population import generate_population
from marketplace.experts import commands as experts
from marketplace.identity.models import User

#: People who log in nowhere get one unusable password, so that two thousand hashes need not be computed.
_NO_PASSWORD: Final = None
#: Registered within this many at once.
_AT_ONCE: Final = 500


def gather_crowd(*, seed: int, count: int, now: datetime) -> int:
    """Register the population's people who are not there yet and return how many were added."""
    people = generate_population(seed=seed, as_of=now.date(), count=count)
    known = set(User.objects.filter(email__in=[person.email for person in people]).values_list("email", flat=True))
    missing = [person for person in people if person.email not in known]
    for start in range(0, len(missing), _AT_ONCE):
        group = missing[start : start + _AT_ONCE]
        users = User.objects.bulk_create(
            User(
                email=person.email,
                full_name=person.profile.legal_name,
                password=make_password(_NO_PASSWORD),
                timezone=person.profile.timezone,
                locale=person.locale,
                date_joined=now,
            )
            for person in group
        )
        new = [
            experts.NewExpert(
                user_id=user.id,
                profile=person.profile,
                languages=person.languages,
                skills=person.skills,
                windows=person.windows,
                credentials=person.credentials,
            )
            for user, person in zip(users, group, strict=True)
        ]
        experts.create_profiles(experts=new, by=None, now=now)
    return len(missing)
