"""Identifiers that are ordered as they were made."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from common.identifiers import uuid7


def test_identifiers_of_one_process_strictly_increase() -> None:
    made = [uuid7() for _ in range(20_000)]

    assert made == sorted(set(made))


def test_threads_share_no_identifier() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: uuid7(), range(8_000)))

    assert len(set(made)) == 8_000


def test_an_identifier_says_version_variant_and_the_millisecond_it_was_made_in() -> None:
    before = time.time_ns() // 1_000_000

    made = uuid7()

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 20
