"""The demo's second made-up project: notes on seed packets, with a reviewer and a key that are wrong on purpose. Pure.

The guidelines ask for Austrian words. One reviewer takes them for errors and takes points away; the key of one planted item
does the same, so that whoever follows the guidelines misses it. Everybody and everything here is invented.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.demo.texts import TextGuidelines

DATA = Path(__file__).parent / "data" / "garden_notes"


@dataclass(frozen=True, slots=True)
class Gardener:
    """Somebody who does the work.

    ``level`` (0..1) is what a fair reviewer gives on average, ``missed`` names errors as "packet/category", and
    ``marks_too_much`` is who marks Austrian words too.
    """

    email: str
    name: str
    level: float
    missed: tuple[str, ...]
    marks_too_much: bool


@dataclass(frozen=True, slots=True)
class NoteReviewer:
    """Somebody who reviews; ``takes_away`` (0..1) is how far they score below a fair reviewer, with what ``remark``."""

    email: str
    name: str
    takes_away: float
    remark: str

    @property
    def is_harsh(self) -> bool:
        return self.takes_away > 0


@dataclass(frozen=True, slots=True)
class Note:
    """A note to translate, and two good translations of it."""

    external_id: str
    source: str
    targets: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Packet:
    """A translation to check: ``errors`` are planted in it, ``wrong_key`` is a category that its key names without reason."""

    external_id: str
    source: str
    target: str
    errors: tuple[str, ...]
    wrong_key: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The categories that the batch's gold column names."""
        return (*self.errors, self.wrong_key) if self.wrong_key else self.errors


@dataclass(frozen=True, slots=True)
class GardenNotes:
    """The whole made-up project."""

    guidelines: TextGuidelines
    people: tuple[Gardener, ...]
    reviewers: tuple[NoteReviewer, ...]
    notes: tuple[Note, ...]
    packets: tuple[Packet, ...]

    def list_note_rows(self) -> list[dict[str, Any]]:
        """This will give the notes as the batch importer takes them."""
        return [
            {"external_id": note.external_id, "wanted": len(self.people), "source": note.source} for note in self.notes
        ]

    def list_packet_rows(self) -> list[dict[str, Any]]:
        """This will give the packets as the batch importer takes them, what is planted in the gold column."""
        return [
            {
                "external_id": packet.external_id,
                "wanted": len(self.people),
                "source": packet.source,
                "target": packet.target,
                "gold": [{"category": category} for category in packet.keys],
            }
            for packet in self.packets
        ]

    def marks_of(self, gardener: Gardener, packet: Packet) -> list[str]:
        """This will give the categories that somebody marks on a packet."""
        found = [each for each in packet.errors if f"{packet.external_id}/{each}" not in gardener.missed]
        return found + ([packet.wrong_key] if packet.wrong_key and gardener.marks_too_much else [])

    def score_of(self, gardener: int, note: int, reviewer: NoteReviewer, criterion: int) -> float:
        """This will give a reviewer's score (0..1) of the note with this place by the gardener with this place.

        It lies within two points of 100 of the gardener's level, less what the reviewer takes away.
        """
        wobble = ((2 * gardener + 3 * note + criterion) % 5 - 2) / 100
        return round(self.people[gardener].level + wobble - reviewer.takes_away, 2)


@cache
def load_garden_notes() -> GardenNotes:
    """This will read the made-up project; it is read once a process."""
    read = json.loads((DATA / "project.json").read_text(encoding="utf-8"))
    guide = read["guidelines"]
    return GardenNotes(
        TextGuidelines(
            guide["goals"],
            guide["principles"],
            guide["details"],
            tuple(guide["error_categories"]),
            tuple(guide["criteria"]),
        ),
        tuple(Gardener(**{**row, "missed": tuple(row["missed"])}) for row in read["people"]),
        tuple(NoteReviewer(**row) for row in read["reviewers"]),
        tuple(Note(**{**row, "targets": tuple(row["targets"])}) for row in read["notes"]),
        tuple(Packet(**{**row, "errors": tuple(row["errors"])}) for row in read["packets"]),
    )
