"""Taking what somebody is called out of words that others wrote. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

#: What stands in the place of a name, and of words that somebody wrote of themselves.
ERASED: Final = "[erased]"
#: Shorter words of a name, such as "de" and "Li", are too common in any text to be taken for the name.
SHORTEST_PART: Final = 3


@dataclass(frozen=True, slots=True)
class Names:
    """What one person is called: ``whole`` names and addresses in any case, ``parts`` of names as they are written.

    A part counts only as a whole word and in its own case (or all in capitals): "Will" is taken out, "will" stays.
    """

    whole: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Names:
        """Return the names that ``texts`` (names and e-mail addresses) make; what is empty is left out."""
        whole = {" ".join(text.split()) for text in texts} - {""}
        words = {word for text in whole if "@" not in text for word in text.split()}
        parts = {word for word in words if len(word) >= SHORTEST_PART and _has_case(word)}
        return cls(_longest_first(whole), _longest_first(parts | {part.upper() for part in parts}))

    @property
    def hints(self) -> tuple[str, ...]:
        """Texts of which every mention holds at least one, whatever its case, for a search before the exact look."""
        single = {word for text in self.whole for word in text.split()[:1]}
        return _longest_first(single | {part.lower() for part in self.parts})


def redact(text: str, names: Names) -> str:
    """Return ``text`` with ``ERASED`` in the place of each mention."""
    for pattern in _patterns(names):
        text = pattern.sub(ERASED, text)
    return text


def redact_value(value: Any, names: Names) -> Any:
    """Return a value of JSON with every text in it redacted; keys, numbers and the shape stay."""
    if isinstance(value, str):
        return redact(value, names)
    if isinstance(value, dict):
        return {key: redact_value(each, names) for key, each in value.items()}
    return [redact_value(each, names) for each in value] if isinstance(value, list) else value


def _patterns(names: Names) -> list[re.Pattern[str]]:
    whole = [_pattern(text) for text in names.whole]
    parts = [_pattern(text) for text in names.parts]
    found = [re.compile("|".join(whole), re.IGNORECASE)] if whole else []
    return [*found, re.compile("|".join(parts))] if parts else found


def _pattern(text: str) -> str:
    forms = dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)))
    body = "|".join(r"\s+".join(re.escape(word) for word in form.split()) for form in forms)
    # Scripts without capitals write no spaces either: there a name stands amid other signs.
    return rf"(?<!\w)(?:{body})(?!\w)" if _has_case(text) else f"(?:{body})"


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))
