import os
import subprocess
import sys
import unicodedata
from collections import Counter
from datetime import date

import langcodes
import pycountry
import pytest
from babel.core import get_global

from common.codes import check_locale, check_timezone
from common.currencies import get_currency
from common.text import clean_name
from marketplace.demo.places import (
    Choice,
    compose_name,
    draw,
    find_culture,
    list_cells,
    list_countries,
    list_name_cultures,
    list_specialties,
)
from marketplace.demo.population import PersonSeed, encode_population, generate_population
from marketplace.demo.weeks import draw_windows
from marketplace.experts import inputs
from marketplace.taxonomy.catalogue import load_catalogue

AS_OF = date(2026, 11, 2)


@pytest.fixture(scope="module")
def people() -> tuple[PersonSeed, ...]:
    return generate_population(seed=1, as_of=AS_OF)


def find_problems(person: PersonSeed) -> list[object]:
    return [
        *inputs.find_profile_problems(person.profile),
        *inputs.find_language_problems(person.languages),
        *inputs.find_skill_problems(person.skills),
        *(problem for each in person.credentials for problem in inputs.find_credential_problems(each)),
        *inputs.find_window_problems(person.windows),
    ]


def test_every_one_of_2000_people_is_a_valid_profile(people: tuple[PersonSeed, ...]) -> None:
    assert len(people) == 2000
    assert {person.number: problems for person in people if (problems := find_problems(person))} == {}
    assert len({person.email for person in people}) == 2000
    assert all(person.email.isascii() for person in people)


def test_every_code_is_one_of_the_standards_or_of_the_catalogue(people: tuple[PersonSeed, ...]) -> None:
    catalogue = load_catalogue()
    known = {("DOMAIN", d.code) for d in catalogue.domains} | {("SKILL", s.code) for s in catalogue.skills}
    credentials = {kind.code for kind in catalogue.credentials}

    for person in people:
        assert {(skill.kind, skill.code) for skill in person.skills} <= known
        assert {credential.code for credential in person.credentials} <= credentials
        assert pycountry.currencies.get(alpha_3=person.profile.wish_currency) is not None
    tags = {language.locale for person in people for language in person.languages}
    assert [tag for tag in tags if check_locale(tag) != tag or not langcodes.tag_is_valid(tag)] == []


def test_they_live_in_over_70_countries_and_speak_over_50_languages(people: tuple[PersonSeed, ...]) -> None:
    assert len({person.profile.residence_country for person in people}) >= 70
    assert len({person.locale.partition("-")[0] for person in people}) >= 50
    tongues = {person.locale for person in people}
    assert {"es-BO", "es-AR", "pt-BR", "ary-MA", "arz-EG", "zh-Hant-TW", "sr-Latn-RS", "pa-Arab-PK"} <= tongues


def test_names_come_in_at_least_twelve_scripts_and_in_composed_form(people: tuple[PersonSeed, ...]) -> None:
    names = [person.profile.legal_name for person in people]
    scripts = {unicodedata.name(letter).split()[0] for name in names for letter in name if letter.isalpha()}

    assert {"LATIN", "ARABIC", "CJK", "CYRILLIC", "DEVANAGARI", "HANGUL", "HEBREW", "GREEK", "THAI"} <= scripts
    assert len(scripts) >= 12
    assert [name for name in names if clean_name(name) != name] == []


def test_the_zone_lies_in_the_country_of_residence(people: tuple[PersonSeed, ...]) -> None:
    territory = get_global("zone_territories")

    strays = {
        (person.profile.timezone, person.profile.residence_country)
        for person in people
        if territory[check_timezone(person.profile.timezone)] != person.profile.residence_country
    }

    assert strays == set()


def test_most_pay_tax_and_bank_where_they_live_and_some_do_not(people: tuple[PersonSeed, ...]) -> None:
    elsewhere = Counter(
        kind
        for person in people
        for kind, country in [("tax", person.profile.tax_country), ("bank", person.profile.bank_country)]
        if country != person.profile.residence_country
    )

    assert 20 <= elsewhere["tax"] <= 120
    assert 40 <= elsewhere["bank"] <= 180


def test_each_has_claims_of_both_kinds_and_assessments_only_of_claims(people: tuple[PersonSeed, ...]) -> None:
    for person in people:
        kinds = Counter(skill.kind for skill in person.skills)
        claims = {(skill.kind, skill.code): skill.evidence for skill in person.skills}

        assert 1 <= kinds["DOMAIN"] <= 3
        assert 2 <= kinds["SKILL"] <= 5
        for assessed in person.assessments:
            assert 1 <= assessed.level <= 5
            assert f"Scored {assessed.level} of 5" in claims[assessed.kind, assessed.code]
    assert sum(bool(person.assessments) for person in people) > 1000


def test_capacity_fits_into_the_free_hours(people: tuple[PersonSeed, ...]) -> None:
    for person in people:
        free_minutes = sum(window.end_minute - window.start_minute for window in person.windows)
        assert 30 <= person.profile.weekly_capacity_minutes <= free_minutes
        assert person.profile.weekly_capacity_minutes % 30 == 0


def test_some_credentials_expire_and_a_few_have_lapsed(people: tuple[PersonSeed, ...]) -> None:
    credentials = [credential for person in people for credential in person.credentials]
    ends = [credential.valid_until for credential in credentials if credential.valid_until]

    assert 0 < sum(end < AS_OF for end in ends) < len(ends) / 5
    assert 0 < len(ends) < len(credentials)
    assert all(credential.valid_from < AS_OF for credential in credentials)


def test_wishes_are_whole_units_of_the_residence_or_of_the_dollar(people: tuple[PersonSeed, ...]) -> None:
    currency_of = {country.code: country.currency for country in list_countries()}

    for person in people:
        profile = person.profile
        assert profile.wish_currency in {currency_of[profile.residence_country], "USD"}
        assert profile.wish_minor_per_hour is not None
        assert profile.wish_minor_per_hour % 10 ** get_currency(profile.wish_currency).exponent == 0


def test_the_first_people_fill_every_cell_three_times(people: tuple[PersonSeed, ...]) -> None:
    cells = list_cells()

    for place, cell in enumerate(cells * 3):
        person = people[place]
        assert (person.profile.residence_country, person.locale) == (cell.country, cell.tag)
        assert tuple(s.code for s in person.skills) == cell.domains + cell.skills
        assert all(s.level >= 3 for s in person.skills)
        assert tuple(c.code for c in person.credentials) == cell.credentials


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    here = encode_population(generate_population(seed=7, as_of=AS_OF, count=40))
    program = (
        "import sys; from datetime import date; from marketplace.demo.population import *;"
        "sys.stdout.buffer.write(encode_population(generate_population(seed=7, as_of=date(2026, 11, 2), count=40)))"
    )

    there = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": "5"}, capture_output=True, check=True
    ).stdout

    assert there == here
    assert encode_population(generate_population(seed=8, as_of=AS_OF, count=40)) != here


def test_a_smaller_population_is_the_start_of_a_larger_one(people: tuple[PersonSeed, ...]) -> None:
    assert generate_population(seed=1, as_of=AS_OF, count=20) == people[:20]


def test_the_lists_name_a_culture_for_every_tongue_and_a_specialty_for_every_branch() -> None:
    tongues = {language.text for country in list_countries() for language in country.languages}

    assert all(find_culture(tongue) for tongue in tongues)
    assert len(list_countries()) == len({country.code for country in list_countries()}) >= 70
    assert {s.domain for s in list_specialties()} == {d.code for d in load_catalogue().domains if d.parent is None}
    assert find_culture("sr-Latn-RS").key == "south-slavic"
    assert find_culture("sr-RS").key == "serbian"
    with pytest.raises(LookupError, match="no names for tlh"):
        find_culture("tlh")


class Last:
    """A stand-in for chance that always takes the last of what it is offered."""

    def choice[T](self, options: list[T]) -> T:
        return options[-1]

    def choices[T](self, options: list[T], weights: list[int]) -> list[T]:
        return [options[-1]]

    def sample[T](self, options: list[T], count: int) -> list[T]:
        return list(options)[-count:]

    def randint(self, low: int, high: int) -> int:
        return high


def test_names_are_put_together_as_the_language_does() -> None:
    cultures = {culture.key: culture for culture in list_name_cultures()}
    last = Last()

    assert compose_name(last, cultures["chinese-simplified"]) == ("欧阳子涵", "子涵")  # type: ignore[arg-type]
    assert compose_name(last, cultures["spanish"]) == ("Ximena Yáñez Zúñiga", "Ximena")  # type: ignore[arg-type]
    assert compose_name(last, cultures["hungarian"]) == ("Vörös Zsófia", "Zsófia")  # type: ignore[arg-type]
    assert compose_name(last, cultures["vietnamese"]) == ("Vũ Việt Dũng", "Việt Dũng")  # type: ignore[arg-type]
    assert draw(last, (Choice("Asia/Almaty", 8), Choice("Asia/Aqtobe", 2))) == "Asia/Aqtobe"  # type: ignore[arg-type]


class Night(Last):
    """Chance that takes the nightly pattern, an hour and a half late."""

    def choices[T](self, options: list[T], weights: list[int]) -> list[T]:
        return [options[3]]


def test_a_night_past_midnight_is_two_windows() -> None:
    windows, capacity = draw_windows(Night(), (6, 0, 1, 2, 3))  # type: ignore[arg-type]

    assert [(w.weekday, w.start_minute, w.end_minute) for w in windows] == [
        (0, 1410, 1440),
        (1, 0, 210),
        (1, 1410, 1440),
        (2, 0, 210),
        (2, 1410, 1440),
        (3, 0, 210),
        (3, 1410, 1440),
        (4, 0, 210),
    ]
    assert capacity == 960
