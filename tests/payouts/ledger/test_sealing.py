"""The chain over the entries: whole, extended once, refused where it does not follow, and what a break tells."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.verification import run_checks
from payouts.facade import post_earnings
from payouts.ledger.commands import seal, seal_entries
from payouts.ledger.models import EntrySeal, JournalEntry
from payouts.ledger.rules import FIRST_LINK, seal_digest
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.tampering import tamper, tamper_as_superuser

CHAIN = "payouts.ledger.seals_chain"
WHOLE = "payouts.ledger.entries_unaltered"


def earn(worker: Any, approver: Any, count: int, tag: str = "task") -> list[Any]:
    views = post_earnings([make_earning(worker.id, approver.id, f"{tag}:{n}") for n in range(count)], now=NOW)
    return [view.entry_id for view in views]


@pytest.fixture
def sealed(ada: Any, bola: Any) -> list[Any]:
    ids = earn(ada, bola, 4)
    seal_entries()
    return ids


def findings(check: str) -> dict[str, str]:
    (result,) = run_checks([check])
    return {finding.subject: finding.detail for finding in result.findings}


def test_each_entry_is_sealed_once_in_the_order_of_ids(sealed: list[Any]) -> None:
    assert seal_entries() == 0

    links = list(EntrySeal.objects.order_by("position").values_list("position", "entry_id"))
    assert links == list(enumerate(sorted(sealed), start=1))


def test_each_link_covers_the_one_before(sealed: list[Any]) -> None:
    digest = FIRST_LINK
    for link in EntrySeal.objects.select_related("entry").order_by("position"):
        digest = seal_digest(digest, link.entry_id, link.entry.sha256)
        assert link.sha256 == digest

    assert (findings(CHAIN), findings(WHOLE)) == ({}, {})


def test_an_entry_that_commits_after_a_later_one_was_sealed_comes_next(ada: Any, bola: Any, sealed: list[Any]) -> None:
    early = min(sealed)
    assert EntrySeal.objects.get(entry_id=early).position == 1

    (late,) = earn(ada, bola, 1, "late")
    assert seal_entries() == 1
    assert EntrySeal.objects.get(entry_id=late).position == 5


def test_many_entries_are_sealed_in_batches_of_one_chain(ada: Any, bola: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH", 3)
    earn(ada, bola, 7)

    assert seal_entries() == 7
    assert findings(CHAIN) == {}


def test_sealers_at_once_make_one_chain(fresh_database: str) -> None:
    ada, bola = make_person("Ada"), make_person("Bola")
    start, failures, counted = threading.Barrier(6), [], []

    def work(number: int) -> None:
        start.wait()
        try:
            for turn in range(5):
                earn(ada, bola, 3, f"{number}:{turn}")
                counted.append(seal_entries())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sum(counted) + seal_entries() == EntrySeal.objects.count() == JournalEntry.objects.count() == 90
    assert findings(CHAIN) == {}


@pytest.mark.parametrize(
    ("position", "sha256", "name"),
    [(5, "0" * 64, "does not follow"), (6, None, "does not follow"), (4, None, "pkey"), (0, None, "numbered")],
)
def test_a_seal_that_does_not_follow_is_refused(
    ada: Any, bola: Any, sealed: list[Any], position: int, sha256: str | None, name: str
) -> None:
    (late,) = earn(ada, bola, 1, "late")
    end = EntrySeal.objects.get(position=4)
    right = seal_digest(end.sha256, late, JournalEntry.objects.get(id=late).sha256)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        EntrySeal.objects.create(position=position, entry_id=late, sha256=sha256 or right)

    EntrySeal.objects.create(position=5, entry_id=late, sha256=right)


def test_an_entry_is_never_sealed_twice(sealed: list[Any]) -> None:
    entry = JournalEntry.objects.get(id=sealed[0])
    end = EntrySeal.objects.get(position=4)

    with pytest.raises(IntegrityError, match="entry_id"), transaction.atomic():
        EntrySeal.objects.create(position=5, entry=entry, sha256=seal_digest(end.sha256, entry.id, entry.sha256))


def test_a_changed_entry_is_named_even_if_its_own_sha256_was_made_to_fit(sealed: list[Any]) -> None:
    tamper("UPDATE payouts_journalentry SET source = 'other', sha256 = repeat('a', 64) WHERE id = %s", sealed[1])

    assert list(findings(CHAIN)) == [f"journal_entry:{sealed[1]}"]


def test_a_deleted_entry_is_named_though_its_lines_and_balance_went_too(fresh_database: str) -> None:
    sealed = earn(make_person("Ada"), make_person("Bola"), 4)
    seal_entries()
    tamper_as_superuser(
        fresh_database,
        "DELETE FROM payouts_earning WHERE entry_id = %(entry)s",
        "DELETE FROM payouts_journalline WHERE entry_id = %(entry)s",
        "DELETE FROM payouts_journalentry WHERE id = %(entry)s",
        entry=sealed[2],
    )

    assert findings(CHAIN) == {f"journal_entry:{sealed[2]}": "seal 3 covers it, and it is gone"}
    assert findings(WHOLE) == {}


def test_a_deleted_entry_whose_seal_went_too_leaves_a_gap(sealed: list[Any]) -> None:
    tamper("DELETE FROM payouts_entryseal WHERE entry_id = %s", sealed[1])

    assert findings(CHAIN) == {
        f"journal_entry:{sealed[2]}": "its seal 3 comes after seal 1: the seals between are gone"
    }


def test_swapped_lines_are_named_with_what_they_say_now(ada: Any, bola: Any, sealed: list[Any]) -> None:
    (other,) = (view.entry_id for view in post_earnings([make_earning(ada.id, bola.id, "x", rate_minor=1)], now=NOW))
    tamper(
        "UPDATE payouts_journalline SET amount_minor = 5002 - amount_minor WHERE entry_id = ANY(%s)",
        [sealed[0], other],
    )

    named = findings(WHOLE)

    assert set(named) == {f"journal_entry:{sealed[0]}", f"journal_entry:{other}"}
    assert f"1: platform:expense:work:EUR from expert:{ada.id}:payable:EUR 2 EUR" in named[f"journal_entry:{sealed[0]}"]


def test_swapped_seals_are_named(sealed: list[Any]) -> None:
    for position, moved in ((2, 100), (3, 2), (100, 3)):
        tamper("UPDATE payouts_entryseal SET position = %s WHERE position = %s", moved, position)

    assert set(findings(CHAIN)) == {f"journal_entry:{entry_id}" for entry_id in sealed[1:]}
