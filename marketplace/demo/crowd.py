"""The made-up population: accounts and profiles for search and staffing to work on."""

from __future__ import annotations

from datetime import datetime
from itertools import batched
from typing import Final

from django.db import transaction

from marketplace.demo.population import PersonSeed, generate_population
from marketplace.experts import commands as experts
from marketplace.identity.commands import NewPerson, register_users
from marketplace.identity.models import User

#: People registered in one transaction.
_AT_ONCE: Final = 500


def gather_crowd(*, seed: int, count: int, now: datetime) -> int:
    """Register the population's people who are not there yet and return how many were added; none of them can log in."""
    people = generate_population(seed=seed, as_of=now.date(), count=count)
    known = set(User.objects.filter(email__in=[person.email for person in people]).values_list("email", flat=True))
    missing = [person for person in people if person.email not in known]
    for group in batched(missing, _AT_ONCE):
        _register(group, now)
    return len(missing)


@transaction.atomic
def _register(people: tuple[PersonSeed, ...], now: datetime) -> None:
    accounts = [
        NewPerson(
            email=person.email,
            full_name=person.profile.legal_name,
            timezone=person.profile.timezone,
            locale=person.locale,
        )
        for person in people
    ]
    users = register_users(people=accounts, by=None, now=now)
    profiles = [
        experts.NewExpert(
            user_id=user.id,
            profile=person.profile,
            languages=person.languages,
            skills=person.skills,
            windows=person.windows,
            credentials=person.credentials,
        )
        for user, person in zip(users, people, strict=True)
    ]
    experts.create_profiles(experts=profiles, by=None, now=now)
