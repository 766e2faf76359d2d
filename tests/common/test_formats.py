"""Times, durations and numbers as pages show them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from common import formats
from common.templatetags import muster

AFTERNOON = datetime(2026, 11, 12, 19, 42, 6, tzinfo=UTC)


def test_a_time_is_shown_in_the_zone_of_the_viewer() -> None:
    with timezone.override(ZoneInfo("America/La_Paz")):
        assert formats.format_time(AFTERNOON) == "Thu 12 Nov, 15:42"
        assert formats.format_time(AFTERNOON, "clock") == "15:42:06"
        assert formats.format_time(AFTERNOON, "full") == "Thu 12 Nov 2026, 15:42"


def test_other_languages_follow_their_own_order_of_day_and_month() -> None:
    with translation.override("es"), timezone.override(UTC):
        assert formats.format_time(AFTERNOON, "day") == "12 nov 2026"
        assert formats.format_time(AFTERNOON, "time") == "19:42"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTC offset"):
        formats.format_time(datetime(2026, 11, 12, 19, 42))  # noqa: DTZ001 - the refusal is the test


@pytest.mark.parametrize("kind", ["datetime", "time", "clock", "full"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_date_has_no_time_of_day(kind: str, language: str) -> None:
    with translation.override(language), pytest.raises(ValueError, match="no time of day"):
        formats.format_time(date(2026, 11, 12), kind)


def test_a_date_does_not_move_with_the_zone() -> None:
    with timezone.override(ZoneInfo("Pacific/Kiritimati")), translation.override("es"):
        assert formats.format_time(date(2026, 11, 12), "day") == "12 nov 2026"


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (20_459, "5 h 40 min", "5 h 40"),
        (3_600, "1 h", "1 h 00"),
        (59, "0 min", "0 h 00"),
        (-1_500, "−25 min", "−0 h 25"),
    ],
)
def test_a_duration_never_rounds_up(seconds: int, long: str, short: str) -> None:
    assert formats.format_hours(seconds) == long
    assert formats.format_hours(seconds, short=True) == short


def test_a_running_duration_has_seconds() -> None:
    assert formats.format_timer(8_048) == "2:14:08"


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "shown"),
    [(4180, 0, False, "4,180"), (-3.14, 1, False, "−3.1"), (0.4, 1, True, "+0.4"), (-0.01, 1, True, "0.0")],
)
def test_a_number_has_a_true_minus_and_zero_has_no_sign(value: float, decimals: int, signed: bool, shown: str) -> None:
    assert formats.format_number(value, decimals=decimals, signed=signed) == shown


@pytest.mark.parametrize(
    ("zone", "label"),
    [("America/La_Paz", "La Paz (UTC−4)"), ("Asia/Kathmandu", "Kathmandu (UTC+5:45)"), ("UTC", "UTC")],
)
def test_the_footer_names_zone_and_offset(zone: str, label: str) -> None:
    assert formats.zone_name(ZoneInfo(zone), AFTERNOON) == label


def test_the_machine_readable_time_stands_beside_the_words() -> None:
    with timezone.override(UTC):
        shown = muster.local_time(AFTERNOON)

    assert shown == '<time datetime="2026-11-12T19:42:06+00:00">Thu 12 Nov, 19:42</time>'
