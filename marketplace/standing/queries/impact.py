"""Do pauses fall on people of one country more than on the others?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common.codes import country_name
from marketplace.experts.models import Expert
from marketplace.standing.models import Case
from marketplace.standing.queries.cases import COUNTED
from quality.facade import AdverseImpact, Finding, list_judged_workers, list_proposed_for_pause

#: A country of fewer people is counted with the others like it, so that nobody is found by their country.
FEWEST: Final = 10
#: Code and name of those countries together.
OTHERS: Final = ("", "Countries of fewer than 10 people")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryImpact:
    """How the people of one country fared at one stage, against all the others.

    ``hit`` of ``people`` were proposed for a pause, or paused. ``times`` is their share over that of all others, None where
    no other was hit; ``p`` is the exact test's, for as many tests as there are countries. ``country`` is empty for the
    small ones together.
    """

    country: str
    name: str
    people: int
    hit: int
    times: float | None
    p: float
    finding: Finding


@dataclass(frozen=True, slots=True)
class PauseImpact:
    """The last twelve months: whose pause the gates proposed, and who was paused by people and not restored on appeal."""

    people: int
    proposed: tuple[CountryImpact, ...]
    paused: tuple[CountryImpact, ...]


def find_pause_impact(*, now: datetime) -> PauseImpact:
    """Return both stages, country by country of residence, among everybody whose work was judged in these months.

    The method is ``quality/methods/adverse_impact.py``: the four-fifths rule, the ratio of losses and an exact test. A fixed
    number of queries.
    """
    since = now - COUNTED
    proposed = list_proposed_for_pause(since=since, until=now)
    decided = Case.objects.filter(outcome=Case.Outcome.PAUSED, decided_at__gt=since, decided_at__lte=now)
    paused = set(decided.exclude(appeal_outcome=Case.AppealOutcome.OVERTURNED).values_list("worker_id", flat=True))
    everybody = list_judged_workers(since=since, until=now) | proposed | paused
    countries = _countries_of(everybody)
    return PauseImpact(len(countries), _compare(countries, proposed), _compare(countries, paused))


def _countries_of(workers: Collection[UUID]) -> dict[UUID, str]:
    rows = Expert.objects.filter(user_id__in=list(workers)).exclude(residence_country="")
    countries = dict(rows.values_list("user_id", "residence_country"))
    sizes = Counter(countries.values())
    return {worker: code if sizes[code] >= FEWEST else OTHERS[0] for worker, code in countries.items()}


def _compare(countries: dict[UUID, str], hit: Collection[UUID]) -> tuple[CountryImpact, ...]:
    if not countries:
        return ()
    people, hits = Counter(countries.values()), Counter(countries[worker] for worker in hit if worker in countries)
    codes = sorted(people, key=lambda code: (not code, country_name(code)))
    kept = [people[code] - hits[code] for code in codes]
    impacts = AdverseImpact().fit(codes, kept, [people[code] for code in codes]).impacts_
    return tuple(
        CountryImpact(
            country=code,
            name=country_name(code) if code else OTHERS[1],
            people=people[code],
            hit=hits[code],
            times=impact.loss_ratio,
            p=impact.p_adjusted,
            finding=impact.finding,
        )
        for code, impact in zip(codes, impacts, strict=True)
    )
