"""What people write on a case or an appeal, cleaned."""

from __future__ import annotations

from common.errors import InvalidInput
from common.text import clean_text

LONGEST = 8000


def clean_words(text: str, pointer: str, *, shortest: int) -> str:
    """Return clean words.

    Raises:
        InvalidInput: fewer characters than ``shortest``, or one that is not allowed.
    """
    try:
        words = clean_text(text, max_length=LONGEST)
    except ValueError as error:
        raise InvalidInput.of(pointer, str(error)) from error
    if len(words) < shortest:
        raise InvalidInput.of(pointer, f"Write at least {shortest} characters.", "too_short")
    return words
