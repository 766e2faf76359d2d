"""What lists and matches cost beside a bare view, how many claims a second there are, and how matches grow with experts.

Run: ``make bench``. It prints tables. CPU is this process's own; times are wall clock. Read ratios of one run, not absolutes: nothing
here is asserted on time.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from marketplace.experts.commands import NewExpert, create_profiles
from marketplace.experts.inputs import LanguageInput, SkillInput
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.projects.rules import RequirementInput
from marketplace.staffing.queries import list_matches
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.work import commands as work
from tests.marketplace import people
from tests.marketplace.people import NOW, START

ROUNDS, CALLS_A_ROUND = 25, 8
LEVELS = ("B2", "C1", "NATIVE")
LOCALES = ("de-DE", "es-BO", "fr", "pt-BR", "ja")


def say(words: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(words + "\n")


def cpu_ms(call: Callable[[], Any], calls: int) -> float:
    """Return the CPU of this process for one call, in milliseconds."""
    started = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - started) * 1000 / calls


def multiples(bare: Callable[[], Any], calls: dict[str, Callable[[], Any]]) -> Iterator[tuple[str, float, float]]:
    """Yield name, median CPU in milliseconds, and the median of CPU over the bare call's in the same round.

    Rounds take turns between the calls, because a shared machine is now fast and now slow.
    """
    for call in (bare, *calls.values()):
        cpu_ms(call, 5)
    spent: dict[str, list[float]] = {name: [] for name in ("bare view", *calls)}
    for _ in range(ROUNDS):
        spent["bare view"].append(cpu_ms(bare, CALLS_A_ROUND * 4))
        for name, call in calls.items():
            spent[name].append(cpu_ms(call, CALLS_A_ROUND))
    for name, times in spent.items():
        shares = [each / base for each, base in zip(times, spent["bare view"], strict=True)]
        yield name, statistics.median(times), statistics.median(shares)


def add_crowd(count: int, seed: int = 1) -> None:
    """Add whole made-up profiles with their search rows, as many as ``count`` in all."""
    draw = random.Random(seed)
    codes = list(TaxonomyNode.objects.filter(kind="DOMAIN").order_by("code").values_list("code", flat=True))
    start = Expert.objects.count()
    for first in range(start, count, 2000):
        numbers = range(first, min(first + 2000, count))
        users = User.objects.bulk_create(User(email=f"crowd{n}@example.org", full_name=f"C {n}") for n in numbers)
        create_profiles(experts=[make_profile(user, codes, draw) for user in users], by=None, now=START)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_profile(user: User, codes: list[str], draw: random.Random) -> NewExpert:
    """Return a profile with three domains and one language of two modalities."""
    profile = replace(
        people.PROFILE,
        legal_name=user.full_name,
        preferred_name=user.full_name,
        residence_country=draw.choice(("DE", "BO", "FR", "BR", "JP")),
        timezone="Europe/Berlin",
        weekly_capacity_minutes=draw.choice((300, 600, 1200, 2400)),
    )
    locale, level = draw.choice(LOCALES), draw.choice(LEVELS)
    return NewExpert(
        user_id=user.id,
        profile=profile,
        languages=[LanguageInput(locale=locale, modality=each, level=level) for each in ("READ", "WRITE")],
        skills=[
            SkillInput(kind="DOMAIN", code=code, level=draw.randint(1, 5), evidence="Years of it")
            for code in draw.sample(codes, 3)
        ],
    )


@pytest.fixture
def stage(db: None) -> tuple[User, Project, Opening]:
    """Return a client's owner, project and opening with usual rules."""
    sync_catalogue()
    olga = people.make_user("Olga Owner")
    project = people.make_project(people.make_organization(olga), olga, budget_minor=10**9)
    rules = (
        RequirementInput(kind="DOMAIN", node="linguistics", level=2),
        RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="C1"),
        RequirementInput(kind="COUNTRY", countries=["DE", "FR"], is_hard=False, weight=2),
        RequirementInput(kind="CAPACITY", minutes=600, is_hard=False),
    )
    return olga, project, people.make_opening(project, olga, requirements=rules, seats=1000)


def test_bench_lists(stage: tuple[User, Project, Opening]) -> None:
    """Print the CPU of list endpoints as multiples of a bare view's."""
    olga, project, opening = stage
    for number in range(30):
        people.make_project(project.organization, olga, code=f"p{number}")
    for number in range(25):
        people.hire(opening, people.make_expert(f"Hired N{number}"), olga)
    add_crowd(2000)
    known, signed_in = APIClient(), APIClient()
    known.force_authenticate(olga)
    signed_in.force_login(olga)
    paths = {
        "projects, 25 rows": ("/api/v1/projects/?limit=25", 25),
        "engagements, 25 rows": ("/api/v1/engagements/?limit=25", 25),
        "matches, 25 of 2,000": (f"/api/v1/openings/{opening.id}/matches/?limit=25", 25),
    }
    calls: dict[str, Callable[[], Any]] = {}
    for name, (path, rows) in paths.items():
        assert len(known.get(path).json()["results"]) == rows, "nothing is cheap to list"
        calls[name] = partial(known.get, path)
        calls[f"{name}, signing in"] = partial(signed_in.get, path)
    say(
        "\nCPU of the web process; a view goes through every middleware. The bare view (/healthz) signs nobody in and reads"
    )
    say('nothing; "signing in" also reads the session and its user, without it the caller is known already.')
    say(f"{'':<34} {'ms CPU':>8} {'of bare':>8}")
    # The least that goes through the whole stack: every middleware, no query, a word of JSON.
    for name, spent, share in multiples(partial(known.get, "/healthz"), calls):
        say(f"{name:<34} {spent:8.2f} {share:6.1f} x")


def test_bench_claims(stage: tuple[User, Project, Opening]) -> None:
    """Print how many claims a second one process makes by command."""
    olga, project, opening = stage
    expert = people.make_expert("Ada Quispe")
    people.hire(opening, expert, olga)
    rows = b"[" + b",".join(b'{"external_id": "t%d"}' % number for number in range(500)) + b"]"
    work.import_batch(project_id=project.id, name="b", file_name="b.json", data=rows, by=olga, now=NOW)
    started = time.perf_counter()
    for _ in range(500):
        work.claim_next(project_id=project.id, by=expert.user, now=NOW)
    say(f"\nclaims by one process     {500 / (time.perf_counter() - started):8.0f} a second")


def test_bench_matches_by_size(stage: tuple[User, Project, Opening]) -> None:
    """Print the median and 95th percentile of matches from 10,000 to 100,000 experts."""
    _, _, opening = stage
    say("\nexperts     p50 ms    p95 ms")
    for count in (10_000, 30_000, 100_000):
        add_crowd(count)
        times = []
        for _ in range(40):
            started = time.perf_counter()
            list_matches(opening, now=NOW)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        say(f"{count:>7} {statistics.median(times):>10.1f} {times[int(len(times) * 0.95)]:>9.1f}")
