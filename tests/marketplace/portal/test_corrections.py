"""The pages on which managers take evidence back."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.work.models import Task
from quality.facade import list_gold
from quality.models import GoldItem, Withdrawal
from tests.browser import quality_stories, work_stories
from tests.browser.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def chen(client: Client, world: World) -> Client:
    client.force_login(world.people["Chen"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_item_that_nobody_finds_stands_first_and_is_taken_back_with_a_reason(chen: Client, world: World) -> None:
    item = quality_stories.a_planted_item(world)["gold_id"]
    listed = chen.get(reverse("portal:planted_items")).content.decode()
    assert listed.index("news-0") < listed.index("news-1") < listed.index("news-4")

    address = reverse("portal:planted_item", args=[item])
    assert chen.post(address, {"words": "wrong"}).status_code == 422
    assert not Withdrawal.objects.exists()
    done = chen.post(address, {"words": quality_stories.WHY}, follow=True)

    assert "Whose score moved" in done.content.decode()
    assert GoldItem.objects.get(id=item).retired_reason == "WRONG_KEY"
    row = Withdrawal.objects.get()
    lines = chen.get(reverse("portal:withdrawal_csv", args=[row.id])).content.decode().splitlines()
    assert len(lines) == 1 + row.effects.count()


def test_an_item_that_one_person_missed_stands_behind_one_that_three_missed(chen: Client, world: World) -> None:
    quality_stories.planted(world)
    quality_stories.missed_by_one(world, "a-news")

    listed = chen.get(reverse("portal:planted_items")).content.decode()

    assert listed.index("news-0") < listed.index("a-news")


def test_an_item_is_shown_by_its_tasks_own_id_and_a_wrong_key_called_likely_with_its_chance(
    chen: Client, world: World
) -> None:
    tasks = Task.objects.filter(batch=work_stories.batch(world)).order_by("external_id")
    keys = {f"task:{task.id}": task.external_id for task in tasks}
    quality_stories.missed_by_all(world, [*keys, "news-1", "news-2", "news-3"])

    listed = chen.get(reverse("portal:planted_items")).content.decode()
    item = list_gold(world.people["Chen"]).get(item_key=next(iter(keys)))
    shown = chen.get(reverse("portal:planted_item", args=[item.id])).content.decode()

    assert [name for name in keys.values() if name not in listed] == []
    assert "task:" not in listed + shown
    assert listed.count("Likely a wrong key") == 1
    assert "0 of 5 people found what it names, where 4." in shown


def test_a_reviewer_whom_the_others_contradict_is_named_to_those_who_may_take_reviews_back(
    chen: Client, client: Client, world: World
) -> None:
    dana = quality_stories.contradicted(world)["reviewer_id"]

    mapped = chen.get(reverse("portal:quality_map")).content.decode()
    asked = chen.get(reverse("portal:withdraw_reviewer", args=[dana])).content.decode()
    client.force_login(world.people["Dana"], backend="django.contrib.auth.backends.ModelBackend")
    of_dana = client.get(reverse("portal:quality_map")).content.decode()

    words = "Stricter than the middle reviewer of the same people’s work by 45 points of 100"
    assert words in mapped
    assert words in asked
    assert "8 reviews of the work of 4 people" in asked
    assert "Stricter" not in of_dana


def test_a_reviewers_judgments_are_taken_back_in_the_organization_that_is_named(chen: Client, world: World) -> None:
    address = reverse("portal:withdraw_reviewer", args=[quality_stories.reviewed(world)["reviewer_id"]])

    assert chen.post(address, {"tenant": str(world.people["Ada"].id), "words": quality_stories.WHY}).status_code == 422
    done = chen.post(address, {"tenant": str(world.organization.id), "words": quality_stories.WHY}, follow=True)

    assert "Reviews by Dana" in done.content.decode()
    assert Withdrawal.objects.get().judgments == 12


def test_people_of_other_organizations_do_not_find_the_reviewer_or_the_item(chen: Client, world: World) -> None:
    assert chen.get(reverse("portal:withdraw_reviewer", args=[world.people["Ada"].id])).status_code == 404
    assert chen.get(reverse("portal:planted_item", args=[world.people["Ada"].id])).status_code == 404
    chen.force_login(world.people["Dana"], backend="django.contrib.auth.backends.ModelBackend")
    assert chen.get(reverse("portal:planted_items")).status_code == 403
