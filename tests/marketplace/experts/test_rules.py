"""The integers that search reads."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from marketplace.experts.rules import (
    LANGUAGE_LEVELS,
    LARGEST_LEVEL,
    MODALITIES,
    credential_tag,
    inherit_levels,
    language_tag,
    language_tags,
    level_tag,
    level_tags,
)

NODES = st.integers(1, 99_999)
LOCALES = st.integers(1, 60_000_000)
ABILITIES = st.one_of(
    st.tuples(st.just("level"), NODES, st.integers(1, LARGEST_LEVEL)),
    st.tuples(st.just("credential"), NODES),
    st.tuples(st.just("language"), LOCALES, st.sampled_from(MODALITIES), st.sampled_from(LANGUAGE_LEVELS)),
)
MAKERS = {"level": level_tag, "credential": credential_tag, "language": language_tag}


def tag_of(ability: tuple) -> int:
    return MAKERS[ability[0]](*ability[1:])


@given(ABILITIES, ABILITIES)
def test_two_abilities_never_share_an_integer_and_each_fits_the_column(one: tuple, other: tuple) -> None:
    assert (tag_of(one) == tag_of(other)) == (one == other)
    assert 0 < tag_of(one) < 2**31


def test_every_small_ability_has_its_own_integer() -> None:
    nodes, locales = range(1, 300), range(1, 60)

    tags = [level_tag(node, level) for node, level in product(nodes, range(1, LARGEST_LEVEL + 1))]
    tags += [credential_tag(node) for node in nodes]
    tags += [language_tag(*each) for each in product(locales, MODALITIES, LANGUAGE_LEVELS)]

    assert len(tags) == len(set(tags)) == 299 * 5 + 299 + 59 * 4 * 7


@given(NODES, st.integers(1, LARGEST_LEVEL), st.integers(1, LARGEST_LEVEL))
def test_at_least_a_level_is_one_containment(node: int, held: int, asked: int) -> None:
    assert (level_tag(node, asked) in level_tags(node, held)) == (held >= asked)


@given(LOCALES, st.sampled_from(MODALITIES), st.sampled_from(LANGUAGE_LEVELS), st.sampled_from(LANGUAGE_LEVELS))
def test_at_least_a_language_level_is_one_containment(locale: int, modality: str, held: str, asked: str) -> None:
    enough = LANGUAGE_LEVELS.index(held) >= LANGUAGE_LEVELS.index(asked)

    assert (language_tag(locale, modality, asked) in language_tags(locale, modality, held)) == enough


def test_who_is_good_below_is_as_good_above_and_never_worse_than_claimed() -> None:
    parents = {"law": None, "law/tax": "law", "law/tax/bo": "law/tax", "medicine": None}

    levels = inherit_levels({"law/tax/bo": 4, "law": 2, "law/tax": 5}, parents)

    assert levels == {"law": 5, "law/tax": 5, "law/tax/bo": 4}
