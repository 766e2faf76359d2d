"""Screening payees against lists: one protocol, whatever the list is. A hit is a question for a person, never a verdict.

Names are compared by their parts, without accents, case and order; transliterations and misspellings are found only where
the list has them as an alias. Whoever needs more registers another ``Screen``.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Protocol

_EMBARGOES: Final = Path(__file__).with_name("embargoes.csv")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is screened."""

    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry of a list that fits; ``kind`` is the hold it places, ``key`` names the entry for good."""

    kind: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Edition:
    """Which list was looked at: its name, the publisher's version and date."""

    name: str
    version: str
    dated: date


class Screen(Protocol):
    """A list that payees are screened against."""

    def edition(self) -> Edition | None:
        """Return the edition in use; None while there is none."""
        ...

    def hits(self, edition: Edition, subject: Subject) -> Sequence[Hit]:
        """Return the entries of an edition that fit."""
        ...


def fold(name: str) -> str:
    """Return a name as it is compared: its parts without accents and case, in alphabetical order."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in plain).split()))


@cache
def _embargoes() -> tuple[Edition, dict[str, tuple[str, str]]]:
    lines = _EMBARGOES.read_text(encoding="utf-8").splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith(("# version: ", "# date: ")))
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    edition = Edition("embargoed-countries", head["version"], date.fromisoformat(head["date"]))
    return edition, {row["country"]: (row["program"], row["source"]) for row in rows}


class CountryScreen:
    """The countries that nobody may be paid in, from a file of the repository with its sources."""

    def edition(self) -> Edition:
        """Return version and date of the file."""
        return _embargoes()[0]

    def hits(self, edition: Edition, subject: Subject) -> Sequence[Hit]:
        """Return the embargo on the subject's country, if there is one."""
        found = _embargoes()[1].get(subject.country)
        if found is None:
            return []
        return [
            Hit("COUNTRY_LISTED", subject.country, f"Pay to a bank in {subject.country} is embargoed ({found[1]}).")
        ]
