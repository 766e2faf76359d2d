"""After an erasure no column of the whole database holds anything by which the person could be known; and the search has power."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, connection, models, transaction

from common import clock
from common.erasure import end_kept_terms, erase, list_parts, tombstone_of
from common.identifiers import uuid7
from common.models import AuditEvent, Erasure
from common.verification import run_checks
from marketplace.erasure import commands
from marketplace.erasure.queries import outlook_for
from marketplace.identity.models import User
from payouts.payees.models import Payee, TaxForm
from payouts.statements.queries import document_of
from payouts.taxyears.models import KeptName
from payouts.taxyears.queries import list_recipients
from payouts.transfers.models import Payout
from quality.evidence.models import Judgment
from tests.marketplace import people
from tests.marketplace.erasure.life import LEGAL, THEN, Life, places_of, text_columns
from tests.payouts.statements.stating import issued, look_now, paid

#: What tax law has us keep until a date, and nothing else.
KEPT = {"payouts_taxform.legal_name", "payouts_taxform.tin_hash", "payouts_keptname.legal_name"}
PRETENDED: Any = {"kind": "ERASED", "at": THEN, "by_id": uuid7(), "reason_code": "X"}
_WORDS = (models.CharField, models.TextField, models.JSONField)


def erased(life: Life) -> Any:
    done = commands.erase_person(person_id=life.ada.pk, by=life.omar, now=THEN)
    look_now()
    return done


def test_no_column_of_the_database_knows_an_erased_person_but_what_law_keeps_and_later_none(life: Life) -> None:
    before = places_of()

    erased(life)
    kept = places_of()
    with clock.at(THEN + timedelta(days=366 * 5)):
        assert end_kept_terms(now=clock.now()) == 1
        assert end_kept_terms(now=clock.now()) == 0
    look_now()

    assert len(before) > 60
    assert kept == KEPT
    assert places_of() == set()
    assert list(Erasure.objects.order_by("id").values_list("kind", "kept_until")) == [
        ("ERASED", date(2031, 3, 15)),
        ("KEPT_ENDED", None),
    ]
    assert [finding for result in run_checks() for finding in result.findings] == []


def test_the_life_plants_something_in_every_column_that_a_feature_says_is_personal(life: Life) -> None:
    planted = places_of()

    personal = {
        f"{rows.model._meta.db_table}.{rows.model._meta.get_field(name).column}"
        for part in list_parts().values()
        for rows in part.rows
        for name in rows.columns
        if isinstance(rows.model._meta.get_field(name), _WORDS)
        and not rows.model._meta.get_field(name).choices
        and not rows.is_deleted
    }
    assert sorted(personal - planted) == sorted(NOT_PLANTED)


#: Personal columns that no word fits into: codes of two or three signs, zones, digests, numbers of the bank.
NOT_PLANTED = {
    "marketplace_expert.bank_country",
    "marketplace_expert.residence_country",
    "marketplace_expert.tax_country",
    "marketplace_expert.timezone",
    "marketplace_expert.wish_currency",
    "marketplace_erasurerequest.answer",
    "marketplace_user.locale",
    "marketplace_user.password",
    "marketplace_user.timezone",
    "payouts_linedestination.bank_fingerprint",
    "payouts_linedestination.bank_last4",
    "payouts_payee.bank_fingerprint",
    "payouts_payee.bank_last4",
    "payouts_payout.bank_last4",
    "payouts_payout.destination_fingerprint",
    "payouts_taxform.tin_last4",
}


def test_the_search_finds_a_word_planted_in_whichever_column(life: Life) -> None:
    erased(life)
    planted = plant("zq")

    found = places_of(("zq",))

    assert len(planted) > 230
    assert planted - found == set()
    assert {"payouts_earning.description", "payouts_journalentry.source", "common_auditevent.detail"} <= planted


def plant(word: str) -> set[str]:
    """Write ``word`` into one row of every column that takes it, triggers off, and return those columns."""
    done = set()
    with connection.cursor() as cursor:
        for table, columns in text_columns().items():
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            for name in columns:
                done |= {f"{table}.{name}" for text in (word, f'"{word}"', f"{{{word}}}") if _write(table, name, text)}
    return done


def _write(table: str, name: str, text: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            one = f'SELECT ctid FROM "{table}" LIMIT 1'
            cursor.execute(f'UPDATE "{table}" SET "{name}" = %s WHERE ctid = ({one})', [text])
            return cursor.rowcount == 1
    except Error:
        return False  # a code, or a shape that takes no word


def test_money_judgments_and_acts_stay_by_id(life: Life) -> None:
    paid = sum(Payout.objects.filter(worker=life.ada, state="PAID").values_list("amount_minor", flat=True))
    judged = list(Judgment.objects.filter(worker=life.ada).order_by("id").values_list("id", "value"))
    acts = set(AuditEvent.objects.filter(actor=life.ada).values_list("id", "action", "at"))

    erased(life)

    assert paid > 0
    assert sum(Payout.objects.filter(worker=life.ada).values_list("amount_minor", flat=True)) == paid
    assert judged
    assert list(Judgment.objects.filter(worker=life.ada).order_by("id").values_list("id", "value")) == judged
    assert acts <= set(AuditEvent.objects.filter(actor=life.ada).values_list("id", "action", "at"))


def test_a_statement_drawn_later_shows_the_tombstone_and_the_same_money(olga: User) -> None:
    ada = people.make_expert("Ada Quispe").user
    Payee.objects.create(
        worker=ada, legal_name="Ada Q. Quispe", country="DE", currency="EUR", rail="connect", created_at=THEN
    )
    statement = issued(paid(ada, olga))
    before = document_of(statement)

    erase(person_id=ada.pk, by=olga.pk, reason_code="X", now=THEN)

    after = document_of(statement)
    assert (before.payee, after.payee) == ("Ada Q. Quispe", tombstone_of(ada.pk))
    assert replace(after, payee=before.payee) == before


def test_tax_files_name_whom_was_paid_until_the_term_ends(life: Life) -> None:
    outlook = outlook_for(life.ada.pk, now=THEN)
    erased(life)

    (kept,) = outlook.kept
    assert kept.until == date(2031, 3, 15)
    assert "26 CFR 1.6001-1(e)" in kept.source
    assert "art. 17(3)(b)" in kept.source
    assert list_recipients([str(life.ada.pk)])[str(life.ada.pk)].name == LEGAL
    assert KeptName.objects.get().kept_until == kept.until

    end_kept_terms(now=THEN + timedelta(days=366 * 5))

    assert list_recipients([str(life.ada.pk)])[str(life.ada.pk)].name == tombstone_of(life.ada.pk)
    assert list(TaxForm.objects.values_list("legal_name", "tin_last4")) == [(tombstone_of(life.ada.pk), "")]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE common_auditevent SET reason_text = '[erased]' WHERE reason_text <> ''",
        "UPDATE marketplace_review SET reason_text = '[erased]'",
        "UPDATE payouts_hold SET reason_text = '[erased]'",
        "UPDATE payouts_screeningresult SET legal_name = 'x'",
    ],
)
def test_words_of_rows_that_stand_change_in_the_transaction_of_an_erasure_alone(life: Life, sql: str) -> None:
    with pytest.raises(Error) as refused, transaction.atomic():
        connection.cursor().execute(sql)

    assert refused.value.__cause__.sqlstate == "23001"


def test_who_writes_an_erasure_without_erasing_is_refused_at_commit(life: Life) -> None:
    with transaction.atomic():
        Erasure.objects.create(person=life.ada, **PRETENDED)
        connection.cursor().execute("UPDATE marketplace_review SET reason_text = 'Fine.'")
        with pytest.raises(Error) as refused:
            look_now()
        transaction.set_rollback(True)

    assert refused.value.__cause__.diag.constraint_name == "erasure_beside_its_tombstone"


@pytest.mark.parametrize("column", ["decision = 'ACCEPT'", "decided_at = now()"])
def test_an_erasure_changes_no_other_column_of_a_row_that_stands(life: Life, column: str) -> None:
    with transaction.atomic():
        Erasure.objects.create(person=life.ada, **PRETENDED)
        with pytest.raises(Error) as refused, transaction.atomic():
            connection.cursor().execute(f"UPDATE marketplace_review SET reason_text = 'Fine.', {column}")
        transaction.set_rollback(True)

    assert refused.value.__cause__.sqlstate == "23001"
