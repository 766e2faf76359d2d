"""Countries, languages, zones and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from common import clock
from common.codes import check_country, check_locale, check_timezone, list_timezones, locale_distance

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", ["BO", "DE", "TW", "GB"])
def test_a_country_is_two_capitals_of_the_standard(code: str) -> None:
    assert check_country(code) == code


@pytest.mark.parametrize("code", ["", "bo", "Bo", "UK", "EU", "ZZ", "BOL", "B", "12", "ＢＯ", "B\n"])
def test_anything_else_is_no_country(code: str) -> None:
    with pytest.raises(ValueError, match="country code"):
        check_country(code)


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [("es-bo", "es-BO"), ("EN", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), ("ary", "ary")],
)
def test_a_language_tag_is_stored_in_its_canonical_spelling(tag: str, canonical: str) -> None:
    assert check_locale(tag) == canonical


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "xx-nowhere",
        "spanish",
        "es_BO",
        "es-ZZZ",
        "zh-yue",
        "und",
        "mul",
        "zxx",
        "x-foo",
        "i-klingon",
        "ёс",
        "e" * 100,
    ],
)
def test_a_tag_that_names_no_language_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="language tag"):
        check_locale(tag)


def test_a_sibling_variety_is_near_and_a_stranger_far() -> None:
    assert locale_distance("es-BO", "es-BO") == 0
    assert 0 < locale_distance("es-BO", "es-PE") < 10
    assert locale_distance("es-BO", "de") > 50


@pytest.mark.parametrize("name", ["UTC", "America/La_Paz", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_a_zone_is_a_place(name: str) -> None:
    assert check_timezone(name) == name
    assert name in list_timezones()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "EST",
        "EST5EDT",
        "GMT",
        "GMT+25",
        "Etc/GMT+5",
        "utc",
        "america/la_paz",
        "posix/Europe/Paris",
        "../etc/passwd",
        "Mars/Olympus",
        "America/La_Paz\n",
        "\x00",
    ],
)
def test_offsets_abbreviations_and_inventions_are_no_zones(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check_timezone(name)


def test_the_clock_stands_where_it_is_held_and_runs_on_after() -> None:
    with clock.at(NOON):
        with clock.at(NOON + timedelta(hours=1)):
            inner = clock.now()
        outer = clock.now()

    assert (inner, outer) == (NOON + timedelta(hours=1), NOON)
    assert abs(datetime.now(tz=UTC) - clock.now()) < timedelta(seconds=5)


def test_the_clock_speaks_utc_whatever_it_is_told() -> None:
    with clock.at(NOON.astimezone(timezone(timedelta(hours=-4)))):
        assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no UTC offset"), clock.at(datetime(2026, 3, 29, 12)):  # noqa: DTZ001
        pass
