"""Names in words that others wrote."""

from __future__ import annotations

import pytest

from common.redaction import Names, redact, redact_value

ADA = Names.of(["Ada María Quispe-Mamani", "Ada", "ada.q@example.org", "", "Will de Li"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ada was late.", "[erased] was late."),
        ("ADA MARÍA  QUISPE-MAMANI left.", "[erased] left."),
        ("Write to ada.Q@Example.org.", "Write to [erased]."),
        ("Quispe-Mamani, QUISPE-MAMANI and María", "[erased], [erased] and [erased]"),
        ("Mari\u0301a", "[erased]"),
        ("Will will do it", "[erased] will do it"),
        ("Canada, Adan and de Li", "Canada, Adan and de Li"),
        ("Will de Li's work", "[erased]'s work"),
        ("", ""),
    ],
)
def test_a_name_is_taken_out_and_a_word_that_only_looks_like_it_stays(text: str, left: str) -> None:
    assert redact(text, ADA) == left


def test_a_name_without_capitals_is_found_amid_other_signs() -> None:
    assert redact("這是李明說的", Names.of(["李明"])) == "這是[erased]說的"


def test_signs_of_patterns_in_a_name_mean_themselves() -> None:
    assert redact("a.b* and aXbb", Names.of(["a.b*"])) == "[erased] and aXbb"


def test_texts_in_json_lose_the_name_and_keys_and_shape_stay() -> None:
    value = {"Ada": ["Ada", 1, None, {"by": "Ada's"}]}

    assert redact_value(value, ADA) == {"Ada": ["[erased]", 1, None, {"by": "[erased]'s"}]}


def test_every_mention_holds_one_of_the_hints() -> None:
    for text in ("Ada María Quispe-Mamani", "ada.q@example.org", "QUISPE-MAMANI", "Will"):
        assert any(hint.casefold() in text.casefold() for hint in ADA.hints)


def test_nobody_has_no_names() -> None:
    assert redact("Anything", Names.of(["", " "])) == "Anything"
