"""What lists and matches cost beside a bare view, how many claims a second there are, and how matches grow with experts.

Run: ``make bench``. It prints tables. CPU is this process's own; times are wall clock. Read ratios of one run, not absolutes: nothing
here is asserted on time.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from marketplace.experts.models import Expert, ExpertSearch, SearchLocale
from marketplace.experts.rules import language_tags, level_tags
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.projects.rules import RequirementInput
from marketplace.staffing.queries import list_matches
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.work import commands as work
from tests.marketplace import people
from tests.marketplace.people import NOW, START

ROUNDS = 60


def say(words: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(words + "\n")


def cpu_ms(call: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the CPU of this process for one call, in milliseconds, after a warm-up."""
    for _ in range(5):
        call()
    started = time.process_time()
    for _ in range(rounds):
        call()
    return (time.process_time() - started) * 1000 / rounds


def add_crowd(count: int, seed: int = 1) -> None:
    """Insert made-up experts with their search rows, as many as ``count`` in all."""
    draw = random.Random(seed)
    tags = list(TaxonomyNode.objects.filter(kind="DOMAIN").values_list("tag", flat=True))
    locales = [
        SearchLocale.objects.get_or_create(locale=each)[0].tag for each in ("de-DE", "es-BO", "fr", "pt-BR", "ja")
    ]
    start = Expert.objects.count()
    for first in range(start, count, 5000):
        numbers = range(first, min(first + 5000, count))
        users = User.objects.bulk_create(User(email=f"crowd{n}@example.org", full_name=f"C {n}") for n in numbers)
        experts = Expert.objects.bulk_create(
            Expert(
                user=user,
                state="ACTIVE",
                legal_name="C",
                preferred_name="C",
                residence_country=draw.choice(["DE", "BO", "FR", "BR", "JP"]),
                tax_country="DE",
                bank_country="DE",
                timezone="Europe/Berlin",
                weekly_capacity_minutes=draw.choice([600, 1200, 2400]),
                created_at=START,
            )
            for user in users
        )
        ExpertSearch.objects.bulk_create(
            ExpertSearch(
                expert=expert,
                tags=sorted(
                    {tag for node in draw.sample(tags, 3) for tag in level_tags(node, draw.randint(1, 5))}
                    | set(language_tags(draw.choice(locales), "WRITE", draw.choice(["B2", "C1", "NATIVE"])))
                ),
                residence_country=expert.residence_country,
                timezone=expert.timezone,
                weekly_capacity_minutes=expert.weekly_capacity_minutes,
                updated_at=NOW,
            )
            for expert in experts
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


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
    add_crowd(2000)
    client = APIClient()
    client.force_authenticate(olga)
    # The least that goes through the whole stack: every middleware, no query, a word of JSON.
    bare = cpu_ms(lambda: client.get("/healthz"), 500)
    say(f"\nbare view                 {bare:8.2f} ms CPU    1.0 x")
    for name, path in (
        ("projects, 25 rows", "/api/v1/projects/?limit=25"),
        ("matches, 25 of 2,000", f"/api/v1/openings/{opening.id}/matches/?limit=25"),
        ("engagements", "/api/v1/engagements/?limit=25"),
    ):
        cost = cpu_ms(lambda path=path: client.get(path))
        say(f"{name:<25} {cost:8.2f} ms CPU {cost / bare:6.1f} x")


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
