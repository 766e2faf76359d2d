"""What text from outside may contain: composed Unicode without control, bidi-override or invisible characters."""

from __future__ import annotations

import unicodedata

# Bidi overrides and isolates reorder what the reader sees; zero-width characters make two equal-looking names differ.
_BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F)))
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad\u180e\u115f\u1160\u3164\uffa0") | frozenset(
    map(chr, (*range(0x2061, 0x2065), *range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC)))
)
_LINE_CONTROLS = frozenset("\n\t\r")


def clean_text(value: str, *, multiline: bool = True, max_length: int = 20_000) -> str:
    """Return ``value`` in NFC without surrounding space.

    Zero-width joiners stay, since emoji and several scripts need them.

    Raises:
        ValueError: a control, bidi-override or invisible character, a lone surrogate, or too many characters.
    """
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > max_length:
        raise ValueError(f"has {len(text)} characters; at most {max_length} are allowed")
    for position, character in enumerate(text):
        if _is_refused(character, multiline=multiline):
            raise ValueError(f"has a character that is not allowed (U+{ord(character):04X} at {position + 1})")
    return text


def clean_name(value: str, *, max_length: int = 200) -> str:
    """Return a person's, company's or thing's name: one line, not empty, at least one letter or digit.

    Raises:
        ValueError: as ``clean_text``, or nothing readable is left.
    """
    name = " ".join(clean_text(value, multiline=False, max_length=max_length).split())
    if not any(character.isalnum() for character in name):
        raise ValueError("must contain a letter or a digit")
    return name


def _is_refused(character: str, *, multiline: bool) -> bool:
    if character in _LINE_CONTROLS:
        return not multiline
    if character in _BIDI or character in _INVISIBLE:
        return True
    return unicodedata.category(character) in {"Cc", "Cs", "Cn"}
