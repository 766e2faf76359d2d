"""How numbers, times and durations read in pages: the viewer's locale and zone, a true minus, never a naive time."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal
from django.utils import timezone, translation

MINUS = "\N{MINUS SIGN}"
# English pages follow the day-month order of most of the world; other locales follow CLDR.
_ENGLISH = {
    "datetime": "EEE d MMM, HH:mm",
    "date": "EEE d MMM",
    "time": "HH:mm",
    "clock": "HH:mm:ss",
    "full": "EEE d MMM y, HH:mm",
    "day": "d MMM y",
}
_SKELETONS = {
    "datetime": ("MMMEd", "Hm"),
    "date": ("MMMEd",),
    "time": ("Hm",),
    "clock": ("Hms",),
    "full": ("yMMMEd", "Hm"),
    "day": ("yMMMd",),
}


def current_locale() -> Locale:
    """Return the locale of the active translation, English where CLDR knows none."""
    try:
        return Locale.parse(translation.get_language() or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def format_time(value: datetime | date, kind: str = "datetime", zone: tzinfo | None = None) -> str:
    """Return ``value`` for the viewer; a datetime is turned to ``zone``, by default the active one.

    Args:
        kind: ``datetime``, ``date``, ``time``, ``clock`` (with seconds), ``full`` (with year), ``day`` (no weekday).

    Raises:
        ValueError: a naive datetime, or an unknown kind.
    """
    if kind not in _SKELETONS:
        raise ValueError(f"{kind!r} is none of {', '.join(_SKELETONS)}")
    locale = current_locale()
    if isinstance(value, datetime):
        if timezone.is_naive(value):
            raise ValueError(f"{value.isoformat()} has no UTC offset")
        local = timezone.localtime(value, zone)
        if locale.language == "en":
            return format_datetime(local, _ENGLISH[kind], tzinfo=local.tzinfo, locale=locale)
        return " ".join(format_skeleton(part, local, tzinfo=local.tzinfo, locale=locale) for part in _SKELETONS[kind])
    if not _SKELETONS[kind][0].endswith("d") or len(_SKELETONS[kind]) > 1:
        raise ValueError(f"{value.isoformat()} is a date and has no time of day")
    return (
        format_date(value, _ENGLISH[kind], locale) if locale.language == "en" else _skeleton_date(value, kind, locale)
    )


def _skeleton_date(value: date, kind: str, locale: Locale) -> str:
    midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return format_skeleton(_SKELETONS[kind][0], midnight, tzinfo=UTC, locale=locale)


def format_hours(seconds: float, *, short: bool = False) -> str:
    """Return a duration as ``5 h 40 min``, or ``5 h 40`` when ``short``; seconds are cut off, never rounded up."""
    sign = MINUS if seconds < 0 else ""
    minutes = int(abs(seconds)) // 60
    hours, rest = divmod(minutes, 60)
    if short:
        return f"{sign}{hours} h {rest:02d}"
    if not hours:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h {rest:02d} min" if rest else f"{sign}{hours} h"


def format_timer(seconds: float) -> str:
    """Return a running duration as ``2:14:08``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def format_number(value: float, *, decimals: int = 0, signed: bool = False) -> str:
    """Return ``value`` in the viewer's locale with a true minus; ``signed`` puts a plus before a positive one."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    rounded = round(Decimal(str(value)), decimals)
    text = format_decimal(abs(rounded), format=pattern, locale=current_locale())
    if rounded < 0:
        return MINUS + text
    return "+" + text if signed and rounded > 0 else text


def zone_name(zone: tzinfo, at: datetime) -> str:
    """Return the zone for the footer: ``La Paz (UTC−4)``."""
    name = getattr(zone, "key", str(zone)).rsplit("/", 1)[-1].replace("_", " ")
    offset = at.astimezone(zone).utcoffset()
    if name == "UTC" or offset is None:
        return "UTC"
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"{name} (UTC{sign}{hours}{f':{rest:02d}' if rest else ''})"
