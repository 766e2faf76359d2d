"""How often planted items are found, as managers read it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from common import clock
from common.errors import NotPermitted
from marketplace.portal.queries.planted import count_recent
from marketplace.projects.models import Project
from quality.facade import (
    GoldKind,
    NewGold,
    NewGoldResult,
    PlantedCount,
    count_planted,
    plant_gold_items,
    record_gold_results,
    withdraw_gold,
)
from quality.models import GoldItem
from tests.browser import portal_stories, quality_stories
from tests.browser.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    quality_stories.planted(world, portal_stories.make_project(world).code)
    return world


def meet(world: World, key: str, *, tenant: str, project: str, days_ago: int = 2) -> None:
    """Let Ada miss one planted item."""
    at = clock.now() - timedelta(days=days_ago)
    plant_gold_items(
        items=[NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=at, tenant=tenant, project=project)]
    )
    result = NewGoldResult(
        gold_key=key,
        worker_id=world.people["Ada"].id,
        scope=quality_stories.SCOPE,
        found=False,
        source_key=f"{key}:Ada",
        at=at,
    )
    record_gold_results(results=[result], now=at)


def counted(world: World, name: str = "Chen") -> PlantedCount:
    return count_recent(world.people[name], project=None, now=clock.now())


def test_the_map_tells_the_share_with_its_interval_and_counts(world: World, client: Client) -> None:
    client.force_login(world.people["Chen"], backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("portal:quality_map")).content.decode()

    found = counted(world)
    assert (found.met, found.found) == (15, 11)
    assert "11 found of 15 met" in page
    low, high = found.interval90
    assert low < 11 / 15 < high


def test_meetings_of_long_ago_and_of_another_client_do_not_count(world: World) -> None:
    project = Project.objects.get(organization=world.organization)
    before = counted(world)

    meet(world, "long-ago", tenant=str(world.organization.id), project=project.code, days_ago=8)
    meet(world, "elsewhere", tenant="another client", project=project.code)

    assert counted(world) == before
    meet(world, "here", tenant=str(world.organization.id), project=project.code)
    assert counted(world).met == before.met + 1


def test_whoever_reads_no_quality_in_a_tenant_is_told_nothing_of_it(world: World) -> None:
    meet(world, "elsewhere", tenant="another client", project="secret")
    since = clock.now() - timedelta(days=7)

    told = count_planted(world.people["Chen"], places=[("another client", "secret")], since=since)

    assert told == PlantedCount(0, 0)
    with pytest.raises(NotPermitted):
        count_planted(world.people["Ada"], places=[], since=since)


def test_an_item_whose_key_was_wrong_does_not_count(world: World) -> None:
    chen, before = world.people["Chen"], counted(world)

    withdraw_gold(
        gold_id=GoldItem.objects.get(item_key="news-4").id, words=quality_stories.WHY, by=chen, now=clock.now()
    )

    assert counted(world) == PlantedCount(before.met - 3, before.found - 3)


def test_where_nobody_met_one_the_page_says_so(db: None, client: Client) -> None:
    world = make_world()
    client.force_login(world.people["Chen"], backend="django.contrib.auth.backends.ModelBackend")

    assert "Nobody met one" in client.get(reverse("portal:quality_map")).content.decode()
