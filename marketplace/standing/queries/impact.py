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
from marketplace.identity.models import User
from marketplace.standing.models import Case
from marketplace.standing.queries.cases import COUNTED
from quality.facade import AdverseImpact, Finding, list_judged_workers, list_proposed_for_pause

#: Fewer people are counted with those of other countries, so that nobody is found by their country.
FEWEST: Final = 10
#: Code and name of those countries together.
OTHERS: Final = ("", "Smaller countries together")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryImpact:
    """How the people of one country fared at one stage, against all the others.

    ``hit`` of ``people`` were proposed for a pause, or paused. ``times`` is their share over that of all others, None where
    no other was hit; ``p`` is the exact test's, for as many tests as there are countries. ``country`` is empty for the
    smaller ones together. ``finding`` is None where there is no other country to compare with.
    """

    country: str
    name: str
    people: int
    hit: int
    times: float | None
    p: float
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseImpact:
    """The last twelve months: whose pause the gates proposed, and who was paused by people and not restored on appeal.

    ``people`` are counted in both; of ``proposed_elsewhere`` and ``paused_elsewhere`` no country is known any more.
    """

    people: int
    proposed: tuple[CountryImpact, ...]
    paused: tuple[CountryImpact, ...]
    proposed_elsewhere: int
    paused_elsewhere: int


def find_pause_impact(reader: User, *, now: datetime) -> PauseImpact:
    """Return both stages, by today's country of residence, among everybody who was judged, proposed or paused in these months.

    The reader is not counted: nobody learns here of a proposal about themselves. The method is
    ``quality/methods/adverse_impact.py``: the four-fifths rule, the ratio of losses and an exact test. A fixed number of queries.
    """
    since = now - COUNTED
    proposed = list_proposed_for_pause(since=since, until=now) - {reader.pk}
    decided = Case.objects.filter(outcome=Case.Outcome.PAUSED, decided_at__gt=since, decided_at__lte=now)
    kept = decided.exclude(appeal_outcome=Case.AppealOutcome.OVERTURNED)
    paused = set(kept.values_list("worker_id", flat=True)) - {reader.pk}
    judged = list_judged_workers(since=since, until=now) - {reader.pk}
    countries = _countries_of(judged | proposed | paused)
    return PauseImpact(
        people=len(countries),
        proposed=_compare(countries, proposed),
        paused=_compare(countries, paused),
        proposed_elsewhere=len(proposed - countries.keys()),
        paused_elsewhere=len(paused - countries.keys()),
    )


def _countries_of(workers: Collection[UUID]) -> dict[UUID, str]:
    """Each worker's country, where it is known; the smaller ones under one name that stands for ``FEWEST`` people or more."""
    rows = Expert.objects.filter(user_id__in=list(workers)).exclude(residence_country="")
    countries = dict(rows.values_list("user_id", "residence_country"))
    together, people = set(), 0
    for size, code in sorted((size, code) for code, size in Counter(countries.values()).items()):
        if size >= FEWEST and not 0 < people < FEWEST:
            break
        together.add(code)
        people += size
    return {worker: OTHERS[0] if code in together else code for worker, code in countries.items()}


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
            finding=impact.finding if len(codes) > 1 else None,
        )
        for code, impact in zip(codes, impacts, strict=True)
    )
