"""Where the made-up people live, what they speak, how they are called and what they know: the generator's lists. Pure.

Weights, price levels and exchange rates are rough and made up for a lively demo; nothing is priced by them.
"""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

POPULATION = Path(__file__).parent / "data" / "population"

FROM_MONDAY = (0, 1, 2, 3, 4)
FROM_SUNDAY = (6, 0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts, with the weight it is drawn by."""

    text: str
    weight: int


@dataclass(frozen=True, slots=True)
class Country:
    """A country: ISO code, currency with its units per US dollar, price level (the US is 1), working days, zones, mother tongues.

    The first language is the one most people there share.
    """

    code: str
    weight: int
    currency: str
    units_per_usd: float
    cost_level: float
    workdays: tuple[int, ...]
    zones: tuple[Choice, ...]
    languages: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class NamePool:
    """Given names with the family names that agree with them (many languages inflect them by gender)."""

    given: tuple[str, ...]
    family: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameCulture:
    """How names are put together: the number of family names, their place, and whether a space divides them."""

    key: str
    tags: tuple[str, ...]
    families: int
    family_first: bool
    joined: bool
    pools: tuple[NamePool, ...]


@dataclass(frozen=True, slots=True)
class Specialty:
    """A top-level domain: its weight, a usual hourly wish in US dollars, and the catalogue's codes that go with it."""

    domain: str
    weight: int
    usd_per_hour: int
    skills: tuple[str, ...]
    credentials: tuple[str, ...]
    exercise: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A narrow specialty that the demo's searches must find, such as Bolivian contract law in Bolivian Spanish."""

    country: str
    tag: str
    domains: tuple[str, ...]
    skills: tuple[str, ...]
    credentials: tuple[str, ...]


def draw(random: Random, choices: tuple[Choice, ...]) -> str:
    """This will draw one text by weight."""
    return random.choices([c.text for c in choices], [c.weight for c in choices])[0]


@cache
def list_countries() -> tuple[Country, ...]:
    with (POPULATION / "countries.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_country(row) for row in csv.DictReader(file))


@cache
def list_name_cultures() -> tuple[NameCulture, ...]:
    cultures = json.loads((POPULATION / "names.json").read_text(encoding="utf-8"))
    return tuple(
        NameCulture(
            key,
            tuple(row["tags"]),
            row["families"],
            row.get("family_first", False),
            row.get("joined", False),
            tuple(NamePool(_words(pool["given"]), _words(pool["family"])) for pool in row["variants"]),
        )
        for key, row in cultures.items()
    )


@cache
def list_specialties() -> tuple[Specialty, ...]:
    rows = json.loads((POPULATION / "specialties.json").read_text(encoding="utf-8"))
    return tuple(
        Specialty(
            domain,
            row["weight"],
            row["usd_per_hour"],
            tuple(row["skills"]),
            tuple(row["credentials"]),
            row["exercise"],
        )
        for domain, row in rows.items()
    )


@cache
def list_cells() -> tuple[Cell, ...]:
    rows = json.loads((POPULATION / "cells.json").read_text(encoding="utf-8"))
    return tuple(
        Cell(row["country"], row["tag"], tuple(row["domains"]), tuple(row["skills"]), tuple(row["credentials"]))
        for row in rows
    )


@cache
def find_culture(tag: str) -> NameCulture:
    """This will find how speakers of a language are called: by the longest part of its tag that a culture lists.

    Raises: LookupError, where no culture lists any.
    """
    subtags = tag.split("-")
    for length in range(len(subtags), 0, -1):
        part = "-".join(subtags[:length])
        for culture in list_name_cultures():
            if part in culture.tags:
                return culture
    raise LookupError(f"no names for {tag}")


def compose_name(random: Random, culture: NameCulture) -> tuple[str, str]:
    """This will draw a person's name and return (full name, what friends say)."""
    pool = random.choice(culture.pools)
    given = random.choice(pool.given)
    families = random.sample(pool.family, culture.families)
    parts = [*families, given] if culture.family_first else [given, *families]
    return ("" if culture.joined else " ").join(parts), given


def _country(row: dict[str, str]) -> Country:
    return Country(
        row["country"],
        int(row["weight"]),
        row["currency"],
        float(row["units_per_usd"]),
        float(row["cost_level"]),
        FROM_SUNDAY if row["workdays"] == "sun-thu" else FROM_MONDAY,
        _choices(row["zones"]),
        _choices(row["languages"]),
    )


def _choices(cell: str) -> tuple[Choice, ...]:
    """Read "Asia/Dubai" or "ar-AE:6;en-AE:3"; without a weight it is 1."""
    pairs = (part.partition(":") for part in cell.split(";"))
    return tuple(Choice(text, int(weight or 1)) for text, _, weight in pairs)


def _words(line: str) -> tuple[str, ...]:
    """Names stand in a line, divided by spaces; an underscore is a space inside a name."""
    return tuple(word.replace("_", " ") for word in line.split())
