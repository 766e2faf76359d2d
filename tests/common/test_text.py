"""Text from outside: what may be read stays, what hides is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import clean_name, clean_text

HIDDEN = ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2069", "\u200e", "\u061c", "\u200b", "\u2060"]
HIDDEN += ["\ufeff", "\u00ad", "\u2062", "\u206a", "\ufff9", "\u3164", "\u115f", "\ud800", "\udfff", "\uffff"]


@pytest.mark.parametrize("character", HIDDEN)
def test_a_hidden_character_is_refused_and_named(character: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X} at 2"):
        clean_text(f"a{character}b")


@pytest.mark.parametrize(
    "name",
    [
        "محمد بن سلمان",
        "Владимир",
        "李小龍",
        "Nguyễn Thị Minh",
        "O'Brien",
        "Null",
        "N/A",
        "{{7*7}}",
        "<script>",
        "%s",
        "=1+1",
        "-1",
        "@x",
        "Ⅻ",
        "क्षत्रिय",
        "می\u200cخواهم",
        "👩\u200d👩\u200d👧 GmbH",
        "ﷺ 3M",
        "İstanbul",
        "𝒜da",
    ],
)
def test_names_of_all_scripts_and_odd_shapes_stay(name: str) -> None:
    assert clean_name(name) == name


def test_two_spellings_of_one_name_become_one() -> None:
    assert clean_name("Nu\u0301ria") == clean_name("N\u00faria") == "Núria"


def test_a_name_is_one_line_with_single_spaces() -> None:
    assert clean_name("  Ada \u00a0  Quispe ") == "Ada Quispe"


@pytest.mark.parametrize("name", ["", "   ", "\u200d", "---", "🙂", "\n"])
def test_a_name_has_something_to_read(name: str) -> None:
    with pytest.raises(ValueError, match="letter or a digit"):
        clean_name(name)


@pytest.mark.parametrize("name", ["Ada\nQuispe", "Ada\tQuispe", "Ada\rQuispe"])
def test_a_name_has_no_line_breaks(name: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        clean_name(name)


def test_a_text_keeps_its_lines() -> None:
    assert clean_text("one\n\ttwo\r\n") == "one\n\ttwo"


def test_a_text_has_an_end() -> None:
    assert len(clean_text("x" * 20_000)) == 20_000
    with pytest.raises(ValueError, match="20001"):
        clean_text("x" * 20_001)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except ValueError:
        return

    assert clean_text(cleaned) == cleaned
