"""Codes of places, languages and zones, checked against the standards' own lists."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import langcodes
import pycountry


def check_country(code: str) -> str:
    """Return an ISO 3166-1 alpha-2 code as given.

    Raises:
        ValueError: no such country, or not in upper case.
    """
    if len(code) != 2 or not code.isupper() or pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(f"{code!r} is not a country code (ISO 3166-1, two upper-case letters)")
    return code


@cache
def country_name(code: str) -> str:
    """Return the country's usual English name."""
    country = pycountry.countries.get(alpha_2=code)
    return getattr(country, "common_name", country.name) if country else code


def check_locale(tag: str) -> str:
    """Return a BCP-47 tag in its canonical spelling (``es-bo`` → ``es-BO``).

    Raises:
        ValueError: malformed, or a language or region that does not exist.
    """
    if not tag or not tag.isascii() or not langcodes.tag_is_valid(tag) or _is_no_language(tag):
        raise ValueError(f"{tag[:40]!r} is not a language tag such as es-BO (BCP-47)")
    return _canonical(tag)


def _is_no_language(tag: str) -> bool:
    """Say whether a tag names no single language: undetermined, several, none, a private agreement, or an old spelling.

    Old spellings (underscores, ``zh-yue`` for ``yue``) would let one language have several tags.
    """
    parts = tag.lower().split("-")
    is_old = "_" in tag or bool(langcodes.Language.get(tag, normalize=False).extlangs)
    return is_old or parts[0] in {"und", "mul", "zxx", "mis", "x", "i"}


@cache
def _canonical(tag: str) -> str:
    return langcodes.Language.get(tag, normalize=False).to_tag()


@cache
def locale_name(tag: str) -> str:
    """Return the language's English name, for example ``Spanish (Bolivia)``."""
    return langcodes.Language.get(tag).display_name()


@cache
def locale_distance(wanted: str, offered: str) -> int:
    """Return how far ``offered`` is from ``wanted``: 0 the same, about 4 a sibling variety, 100 and more unrelated.

    Source: CLDR language matching, as computed by langcodes.
    """
    return langcodes.tag_distance(wanted, offered)


@cache
def _zones() -> frozenset[str]:
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    ) | {"UTC"}


def check_timezone(name: str) -> str:
    """Return an IANA zone name such as ``America/La_Paz`` (or ``UTC``) as given.

    Raises:
        ValueError: no such zone; fixed offsets and abbreviations are refused because they know no summer time.
    """
    if name not in _zones():
        raise ValueError(f"{name!r} is not a time zone such as America/La_Paz (IANA)")
    return name


def list_timezones() -> list[str]:
    """Return every accepted zone, sorted."""
    return sorted(_zones())
