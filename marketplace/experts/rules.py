"""How what an expert can do becomes integers that one GIN index answers for.

A level is stored as a tag for every level up to its own, so that "at least level 3" is one containment term:

* domain, skill: ``node_tag * 8 + level``, level 1..5
* credential: ``node_tag * 8 + 7``
* language: ``1_000_000 + (locale_tag * 4 + modality) * 8 + level``, level 1 (A1) .. 7 (native)

``node_tag`` is below 100,000 (a constraint of the taxonomy), so the two ranges never meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MODALITIES: Final = ("READ", "WRITE", "LISTEN", "SPEAK")
LANGUAGE_LEVELS: Final = ("A1", "A2", "B1", "B2", "C1", "C2", "NATIVE")
LARGEST_LEVEL: Final = 5
_CREDENTIAL: Final = 7
_FIRST_LANGUAGE_TAG: Final = 1_000_000


def level_tag(node_tag: int, level: int) -> int:
    """Return the tag of "at least ``level`` in this domain or skill"."""
    return node_tag * 8 + level


def level_tags(node_tag: int, level: int) -> list[int]:
    """Return the tags of every level up to ``level``."""
    return [level_tag(node_tag, each) for each in range(1, level + 1)]


def credential_tag(node_tag: int) -> int:
    """Return the tag of "holds a valid credential of this kind"."""
    return node_tag * 8 + _CREDENTIAL


def language_tag(locale_tag: int, modality: str, level: str) -> int:
    """Return the tag of "at least ``level`` of this locale in this modality"."""
    cell = locale_tag * len(MODALITIES) + MODALITIES.index(modality)
    return _FIRST_LANGUAGE_TAG + cell * 8 + LANGUAGE_LEVELS.index(level) + 1


def language_tags(locale_tag: int, modality: str, level: str) -> list[int]:
    """Return the tags of every level up to ``level``."""
    up_to = LANGUAGE_LEVELS[: LANGUAGE_LEVELS.index(level) + 1]
    return [language_tag(locale_tag, modality, each) for each in up_to]


def inherit_levels(own: Mapping[str, int], parents: Mapping[str, str | None]) -> dict[str, int]:
    """Return levels by code with those of domains above added: who is good at ``law/tax`` is as good at ``law``.

    ``parents`` maps each code to the code above it, or None. A level of one's own is never lowered.
    """
    levels = dict(own)
    for code, level in own.items():
        above = parents.get(code)
        while above is not None:
            levels[above] = max(levels.get(above, 0), level)
            above = parents.get(above)
    return levels
