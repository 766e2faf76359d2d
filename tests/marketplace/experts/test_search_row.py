"""The row that search reads: right after each change, for one and for thousands, and when changes meet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from common.errors import InvalidInput, NotPermitted, StaleVersion
from common.models import AuditEvent
from marketplace.experts import commands, search_row
from marketplace.experts.commands import NewExpert
from marketplace.experts.errors import ProfileExists
from marketplace.experts.inputs import CredentialInput, LanguageInput, SkillInput, WindowInput
from marketplace.experts.models import Expert, ExpertLanguage, ExpertSearch, SearchLocale
from marketplace.experts.rules import credential_tag, language_tag, level_tag
from marketplace.identity.commands import NewPerson, register_users
from marketplace.identity.models import User
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.taxonomy.queries import find_nodes, get_node
from tests.marketplace.clients import platform_person
from tests.marketplace.people import ENGLISH_GERMAN, NOW, PROFILE, TRANSLATION, make_expert, make_user

TODAY = NOW.date()


@pytest.fixture
def bola(catalogue: None) -> Expert:
    return make_expert("Bola Eze")


@pytest.fixture
def pia(catalogue: None) -> User:
    return platform_person("Pia", "OPERATOR")


def tags_of(expert: Expert) -> set[int]:
    return set(ExpertSearch.objects.get(expert=expert).tags)


def domain(code: str) -> int:
    return get_node("DOMAIN", code).tag


def license_of(bola: Expert, pia: User, valid_from: date, valid_until: date | None) -> int:
    node = find_nodes("", "CREDENTIAL", 1)[0]
    claim = CredentialInput(code=node.code, issuer="Bar", country="NG", valid_from=valid_from, valid_until=valid_until)
    row = commands.add_credential(credential=claim, by=bola.user, now=NOW)
    commands.verify_credential(
        expert_id=bola.id, credential_id=row.id, to="VERIFIED", method="Register", by=pia, now=NOW
    )
    return credential_tag(node.tag)


def test_a_claimed_domain_is_found_at_every_level_below_and_in_the_domains_above(bola: Expert) -> None:
    skills = [SkillInput(kind="DOMAIN", code="law/tax", level=3)]

    commands.set_skills(skills=skills, by=bola.user, now=NOW)

    tags = tags_of(bola)
    assert {level_tag(domain("law/tax"), each) for each in (1, 2, 3)} <= tags
    assert level_tag(domain("law"), 3) in tags
    assert level_tag(domain("law/tax"), 4) not in tags
    assert level_tag(domain("linguistics/translation"), 1) not in tags


def test_an_assessed_level_counts_in_place_of_the_claim_also_when_it_is_lower(bola: Expert, pia: User) -> None:
    node = domain("linguistics/translation")
    before = level_tag(node, 4) in tags_of(bola)

    commands.assess_skill(expert_id=bola.id, kind="DOMAIN", code="linguistics/translation", level=2, by=pia, now=NOW)

    assert before
    assert level_tag(node, 2) in tags_of(bola)
    assert level_tag(node, 3) not in tags_of(bola)


def test_an_assessment_survives_a_rewritten_list(bola: Expert, pia: User) -> None:
    commands.assess_language(expert_id=bola.id, locale="de-DE", modality="WRITE", level="C1", by=pia, now=NOW)

    commands.set_languages(languages=ENGLISH_GERMAN, by=bola.user, now=NOW)

    row = bola.languages.get(locale="de-DE")
    assert (row.claimed_level, row.assessed_level, row.assessed_at) == ("NATIVE", "C1", NOW)
    locale = SearchLocale.objects.get(locale="de-DE").tag
    assert language_tag(locale, "WRITE", "C1") in tags_of(bola)
    assert language_tag(locale, "WRITE", "C2") not in tags_of(bola)


def test_only_an_active_expert_has_a_row(bola: Expert) -> None:
    found = []
    for state in ("PAUSED", "ACTIVE", "CLOSED"):
        commands.move_profile(to=state, by=bola.user, now=NOW)
        found.append(ExpertSearch.objects.filter(expert=bola).exists())

    assert found == [False, True, False]


def test_a_credential_counts_from_its_verification_until_its_last_day(bola: Expert, pia: User) -> None:
    tag = license_of(bola, pia, TODAY - timedelta(days=900), TODAY + timedelta(days=2))

    counted = []
    for days in range(4):
        commands.refresh_dated_credentials(now=NOW + timedelta(days=days))
        counted.append(tag in tags_of(bola))

    assert counted == [True, True, False, False]


def test_a_credential_that_begins_later_enters_on_its_day(bola: Expert, pia: User) -> None:
    tag = license_of(bola, pia, TODAY + timedelta(days=1), None)
    before = tag in tags_of(bola)

    refreshed = [commands.refresh_dated_credentials(now=NOW + timedelta(days=days)) for days in (0, 1, 1, 2)]

    assert (before, tag in tags_of(bola)) == (False, True)
    assert refreshed == [0, 1, 0, 0]


def test_a_refused_or_removed_credential_leaves_at_once(bola: Expert, pia: User) -> None:
    tag = license_of(bola, pia, TODAY - timedelta(days=9), None)
    row = bola.credentials.get()

    commands.verify_credential(
        expert_id=bola.id,
        credential_id=row.id,
        to="REFUSED",
        method="Register",
        reason_text="Struck off.",
        by=pia,
        now=NOW,
    )

    assert tag not in tags_of(bola)
    assert AuditEvent.objects.get(action="credential.refused").reason_text == "Struck off."


@pytest.mark.parametrize(("method", "reason"), [("", "why"), ("Register", " "), ("x" * 101, "why"), ("R\x00", "why")])
def test_a_refusal_says_how_and_why(bola: Expert, pia: User, method: str, reason: str) -> None:
    tag = license_of(bola, pia, TODAY - timedelta(days=9), None)

    with pytest.raises(InvalidInput):
        commands.verify_credential(
            expert_id=bola.id,
            credential_id=bola.credentials.get().id,
            to="REFUSED",
            method=method,
            reason_text=reason,
            by=pia,
            now=NOW,
        )

    assert tag in tags_of(bola)


def test_nobody_verifies_or_assesses_without_the_grant(bola: Expert) -> None:
    with pytest.raises(NotPermitted):
        commands.assess_skill(
            expert_id=bola.id, kind="DOMAIN", code="linguistics/translation", level=5, by=bola.user, now=NOW
        )

    assert bola.skills.get().assessed_level is None


def test_a_stale_list_changes_nothing(bola: Expert) -> None:
    before = tags_of(bola)

    with pytest.raises(StaleVersion):
        commands.set_skills(skills=[], expected_version=7, by=bola.user, now=NOW)

    assert tags_of(bola) == before


def test_a_wish_with_a_currency_and_no_amount_is_refused(bola: Expert) -> None:
    with pytest.raises(InvalidInput) as refused:
        commands.update_profile(
            profile=replace(PROFILE, wish_currency="EUR"), expected_version=1, by=bola.user, now=NOW
        )

    assert [problem.pointer for problem in refused.value.problems] == ["/wish"]


def test_refreshing_known_locales_uses_up_no_integers(bola: Expert) -> None:
    for _ in range(5):
        search_row.refresh([bola.id], now=NOW)
    commands.set_languages(
        languages=[LanguageInput(locale="ay-BO", modality="SPEAK", level="NATIVE")], by=bola.user, now=NOW
    )

    tags = sorted(SearchLocale.objects.values_list("tag", flat=True))
    assert tags == list(range(tags[0], tags[0] + len(tags)))


def make_people(count: int) -> list[NewExpert]:
    people = [NewPerson(email=f"expert{n}@example.org", full_name=f"Expert {n}") for n in range(count)]
    users = register_users(people=people, by=None, now=NOW)
    windows = [WindowInput(weekday=day, start_minute=540, end_minute=1020) for day in range(5)]
    return [
        NewExpert(user_id=user.id, profile=PROFILE, languages=ENGLISH_GERMAN, skills=TRANSLATION, windows=windows)
        for user in users
    ]


def test_two_thousand_experts_are_written_in_sets_and_all_found(catalogue: None) -> None:
    people = make_people(2000)

    with CaptureQueriesContext(connection) as queries:
        commands.create_profiles(experts=people, by=None, now=NOW)

    assert len(queries) < 200
    wanted = level_tag(domain("linguistics/translation"), 4)
    assert ExpertSearch.objects.filter(tags__contains=[wanted]).count() == 2000


def test_many_profiles_take_no_more_statements_than_a_few(
    catalogue: None, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    new = make_people(100)

    with django_assert_max_num_queries(25):
        commands.create_profiles(experts=new, by=None, now=NOW)


def test_one_bad_profile_of_many_writes_none(catalogue: None) -> None:
    new = make_people(3)
    bad = replace(new[1], profile=replace(PROFILE, tax_country="XX"), skills=[replace(TRANSLATION[0], code="magic")])

    with pytest.raises(InvalidInput) as refused:
        commands.create_profiles(experts=[new[0], bad, new[2]], by=None, now=NOW)

    assert {problem.pointer for problem in refused.value.problems} == {"/1/tax_country", "/1/skills/0/code"}
    assert not Expert.objects.exists()


def test_a_person_with_a_profile_is_not_given_a_second_one_among_many(bola: Expert) -> None:
    new = [*make_people(2), NewExpert(user_id=bola.user_id, profile=PROFILE)]

    with pytest.raises(ProfileExists):
        commands.create_profiles(experts=new, by=None, now=NOW)

    assert Expert.objects.count() == 1


def test_many_profiles_at_once_are_for_operators(catalogue: None) -> None:
    with pytest.raises(NotPermitted):
        commands.create_profiles(experts=make_people(1), by=make_user("Nora"), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_both_are_in_the_row() -> None:
    sync_catalogue()
    bola, pia = make_expert("Bola Eze"), platform_person("Pia", "OPERATOR")
    locked, release = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            commands.set_languages(languages=ENGLISH_GERMAN[:1], by=bola.user, now=NOW)
            locked.set()
            release.wait(5)
        connection.close()

    def assess() -> None:
        locked.wait(5)
        commands.assess_skill(
            expert_id=bola.id, kind="DOMAIN", code="linguistics/translation", level=5, by=pia, now=NOW
        )
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        changes = [pool.submit(hold), pool.submit(assess)]
        locked.wait(5)
        release.set()
        [change.result() for change in changes]

    english = SearchLocale.objects.get(locale="en").tag
    assert level_tag(domain("linguistics/translation"), 5) in tags_of(bola)
    assert language_tag(english, "READ", "A1") not in tags_of(bola)


@pytest.mark.django_db(transaction=True)
def test_a_new_locale_gets_one_integer_however_many_name_it_at_once() -> None:
    sync_catalogue()
    experts = [make_expert(name) for name in ("Bola Eze", "Chen Li", "Dana Rossi", "Emre Kaya")]
    start = Barrier(len(experts))

    def name_it(expert: Expert) -> None:
        start.wait(5)
        quechua = [LanguageInput(locale="qu-PE", modality="SPEAK", level="NATIVE")]
        commands.set_languages(languages=quechua, by=expert.user, now=NOW)
        connection.close()

    with ThreadPoolExecutor(len(experts)) as pool:
        list(pool.map(name_it, experts))

    tag = language_tag(SearchLocale.objects.get(locale="qu-PE").tag, "SPEAK", "NATIVE")
    assert ExpertSearch.objects.filter(tags__contains=[tag]).count() == 4
    assert ExpertLanguage.objects.filter(locale="qu-PE").count() == 4
