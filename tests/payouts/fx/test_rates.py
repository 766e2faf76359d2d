"""Exchange rates: read from files as they are published, typed by one and approved by another, and refused when old."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client

from common.errors import FourEyesRequired, NotPermitted
from common.states import IllegalTransition
from payouts.fx.commands import approve_rate, import_rates, propose_rate, reject_rate, withdraw_rate
from payouts.fx.errors import InvalidRates, NoFreshRate, RateDiffers
from payouts.fx.models import ExchangeRate, RateProposal
from payouts.fx.queries import find_price, get_price
from tests.payouts.fx.conftest import Publish
from tests.payouts.people import NOW, make_person

#: The shape of the ECB's daily file: blanks after commas, a comma at the end.
DAILY = b"Date, USD, JPY, \n11 November 2026, 1.0832, 162.47, \n"
#: The shape of its history: newest first, N/A for what a day lacks, currencies that are no more.
HISTORY = b"Date,USD,JPY,HRK,RUB,\n2026-11-11,1.0832,162.47,N/A,N/A,\n2026-11-10,1.0811,162.05,7.53,N/A,\n"
NOON = datetime(2026, 11, 11, 13, 10, tzinfo=UTC)


def load(data: bytes, by: Any, **changes: Any) -> Any:
    return import_rates(**({"data": data, "file_name": "f.csv", "source": "ECB", "by": by, "now": NOW} | changes))


def typed(by: Any, **changes: Any) -> RateProposal:
    facts = {"base": "EUR", "quote": "KES", "rate": Decimal("140.25"), "as_of": NOON, "source_text": "The bank's page"}
    return propose_rate(**(facts | {"by": by, "now": NOW} | changes))


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(("data", "count"), [(DAILY, 2), (HISTORY, 4)])
def test_the_published_forms_are_read_to_the_last_digit(amina: Any, data: bytes, count: int) -> None:
    outcome = load(data, amina)

    assert (outcome.imported, outcome.known, outcome.newest) == (count, 0, NOON)
    row = ExchangeRate.objects.get(quote="USD", as_of=NOON)
    assert (row.base, row.rate, row.source, row.entered_by) == ("EUR", Decimal("1.0832"), "ECB", amina)
    assert row.reference.startswith("f.csv sha256:")


def test_json_numbers_keep_the_digits_that_were_written(amina: Any) -> None:
    load(b'{"base": "EUR", "date": "2026-11-11", "rates": {"USD": 1.083200000001, "JPY": 162}}', amina)

    assert ExchangeRate.objects.get(quote="USD").rate == Decimal("1.083200000001")
    assert ExchangeRate.objects.get(quote="JPY").rate == 162


def test_the_same_file_again_changes_nothing_and_another_rate_for_the_day_is_refused(amina: Any) -> None:
    load(HISTORY, amina)

    again = load(HISTORY, amina)
    with pytest.raises(RateDiffers, match=r"EUR/USD of 2026-11-11: ECB said 1.0832"):
        load(b"Date,GBP,USD\n2026-11-11,0.84,1.0833\n", amina)

    assert (again.imported, again.known) == (0, 4)
    assert ExchangeRate.objects.count() == 4


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b"", "/columns"),
        (b"Day,USD\n2026-11-11,1\n", "/columns"),
        (b"Date,USD,USD\n2026-11-11,1,1\n", "/columns"),
        (b"Date,USD\n", None),
        (b"Date,USD\n2026-11-11,1,2\n", "/rows/2"),
        (b"Date,USD\n2026-02-30,1.1\n", "/rows/2/USD"),
        (b"Date,USD\n03/04/2026,1.1\n", "/rows/2/USD"),
        (b"Date,USD\n2026-11-11,1.1\n2026-11-10,-1\n", "/rows/3/USD"),
        *(
            (f"Date,USD\n2026-11-11,{rate}\n".encode(), "/rows/2/USD")
            for rate in ("0", "0.0", "NaN", "1e3", "١", "1.0.1")
        ),
        (b"Date,usd\n2026-11-11,1.1\n", "/rows/2/usd"),
        (b"Date,USD\n2026-11-13,1.1\n", "/rows/2/USD"),
        (b"\xff\xfeD\x00", "/file"),
        (b"Date,USD\n2026-11-11,\x00\n", "/file"),
        (b'Date,USD\n2026-11-11,"1\n', "/file"),
        (b"{", "/file"),
        (b"[" * 100_000, "/file"),
        (b"[1]", "/0"),
        (b'{"base": "EUR", "date": "2026-11-11", "rates": {"USD": true}}', "/0/rates/USD"),
        (b'{"base": "XXX", "date": "2026-11-11", "rates": {"USD": 1}}', "/0/rates/USD"),
        (b'{"date": "2026-11-11", "rates": {"USD": 1}}', "/0/rates/USD"),
        (b"Date,USD\n" + b" " * 2**21, "/file"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_nothing_is_kept(amina: Any, data: bytes, pointer: str | None) -> None:
    with pytest.raises(InvalidRates) as refusal:
        load(data, amina)

    assert [problem.pointer for problem in refusal.value.problems[:1]] == ([pointer] if pointer else [])
    assert not ExchangeRate.objects.exists()


def test_a_rate_that_leaps_is_not_taken_from_a_file_but_from_two_people(amina: Any, publish: Publish) -> None:
    publish(USD="1.08", JPY="162")

    with pytest.raises(InvalidRates, match="another person sees it") as refusal:
        publish(date(2026, 11, 12), now=NOW + timedelta(days=1), USD="1.09", JPY="100")

    assert [problem.pointer for problem in refusal.value.problems] == ["/rows/2/JPY"]
    assert ExchangeRate.objects.count() == 2


@pytest.mark.parametrize("source", ["MANUAL", "ecb", "", "E C", "X" * 31, "ECB\n", "1ECB"])
def test_a_file_cannot_pass_for_what_was_typed(amina: Any, source: str) -> None:
    with pytest.raises(InvalidRates):
        load(DAILY, amina, source=source)


@pytest.mark.parametrize("roles", [[], ["FINANCE_APPROVER"], ["AUDITOR"], ["OPERATOR"]])
def test_only_a_preparer_enters_rates(db: None, roles: list[str]) -> None:
    hana = make_person("Hana", *roles, is_superuser=True)

    for enter in (lambda: load(DAILY, hana), lambda: typed(hana)):
        with pytest.raises(NotPermitted):
            enter()

    assert not ExchangeRate.objects.exists()
    assert not RateProposal.objects.exists()


def test_a_typed_rate_counts_once_another_person_has_approved_it(amina: Any, chiara: Any) -> None:
    row = typed(amina)
    assert find_price("EUR", "KES", now=NOW) is None
    for decide in (approve_rate, lambda **a: reject_rate(reason_text="No.", **a)):
        with pytest.raises(FourEyesRequired):
            decide(proposal_id=row.id, by=amina, now=NOW)

    approve_rate(proposal_id=row.id, by=chiara, now=NOW)

    price = get_price("EUR", "KES", now=NOW)
    assert (price.exact, price.said_by.source, price.said_by.reference) == (
        Fraction(14025, 100),
        "MANUAL",
        f"rate_proposal:{row.id}",
    )
    with pytest.raises(IllegalTransition):
        reject_rate(proposal_id=row.id, reason_text="Late.", by=chiara, now=NOW)


def test_a_second_typed_rate_for_the_instant_is_refused(amina: Any, chiara: Any) -> None:
    first, second = typed(amina), typed(amina, rate=Decimal(141))
    approve_rate(proposal_id=first.id, by=chiara, now=NOW)

    with pytest.raises(RateDiffers):
        approve_rate(proposal_id=second.id, by=chiara, now=NOW)

    assert RateProposal.objects.get(id=second.id).state == "PROPOSED"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"quote": "EUR"}, "/quote"),
        ({"rate": Decimal(0)}, "/rate"),
        ({"rate": Decimal("NaN")}, "/rate"),
        ({"rate": Decimal(10) ** 12}, "/rate"),
        ({"rate": Decimal("1E-13")}, "/rate"),
        ({"as_of": NOW + timedelta(seconds=1)}, "/as_of"),
        ({"source_text": " "}, "/source_text"),
    ],
)
def test_a_typed_rate_that_cannot_be_names_the_field(amina: Any, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRates) as refusal:
        typed(amina, **changes)

    assert refusal.value.problems[0].pointer == pointer


def test_a_price_is_had_of_a_rate_of_its_inverse_and_across_a_third_currency(publish: Publish) -> None:
    publish(USD="1.25", GBP="0.8")

    prices = {pair: get_price(*pair, now=NOW).exact for pair in (("EUR", "USD"), ("USD", "EUR"), ("USD", "GBP"))}

    assert prices == {("EUR", "USD"): Fraction(5, 4), ("USD", "EUR"): Fraction(4, 5), ("USD", "GBP"): Fraction(16, 25)}
    assert get_price("USD", "GBP", now=NOW).shown == Decimal("0.64")


def test_the_two_rates_of_a_price_are_never_of_two_days(publish: Publish) -> None:
    publish(date(2026, 11, 10), USD="1.25", GBP="0.8")
    publish(date(2026, 11, 11), GBP="0.81")

    price = get_price("USD", "GBP", now=NOW)

    assert price.exact == Fraction(16, 25)
    assert price.said_by.as_of == NOON - timedelta(days=1)


def test_an_old_rate_converts_nothing_and_the_refusal_says_how_old_it_is(publish: Publish) -> None:
    publish(date(2026, 11, 6), USD="1.25")
    friday = datetime(2026, 11, 6, 13, 10, tzinfo=UTC)

    assert get_price("EUR", "USD", now=friday + timedelta(days=5)).exact == Fraction(5, 4)
    with pytest.raises(NoFreshRate, match=r"EUR and USD is 5 days and 1 hour old.*at most 5 days"):
        get_price("EUR", "USD", now=friday + timedelta(days=5, hours=1))
    with pytest.raises(NoFreshRate, match="no exchange rate between EUR and JPY"):
        get_price("EUR", "JPY", now=NOW)
    assert find_price("EUR", "USD", now=friday - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_exchangerate SET rate = 2",
        "DELETE FROM payouts_exchangerate",
        "UPDATE payouts_rateproposal SET rate = 2",
        "UPDATE payouts_rateproposal SET state = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()",
        "DELETE FROM payouts_rateproposal",
    ],
)
def test_the_database_changes_no_rate_and_lets_nobody_decide_their_own(
    amina: Any, publish: Publish, statement: str
) -> None:
    publish(USD="1.08")
    row = typed(amina)

    with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert (ExchangeRate.objects.get().rate, RateProposal.objects.get().state) == (Decimal("1.08"), "PROPOSED")
    withdraw_rate(proposal_id=row.id, by=amina, now=NOW)


def test_the_command_line_imports_a_file(amina: Any, tmp_path: Path) -> None:
    path = tmp_path / "eurofxref.csv"
    path.write_bytes(DAILY)
    out = StringIO()

    call_command("payouts", "rates", str(path), "--source", "ECB", "--as", amina.email, "--json", stdout=out)

    assert json.loads(out.getvalue())["imported"] == 2
    assert ExchangeRate.objects.count() == 2


def test_the_api_imports_lists_and_decides(amina: Any, chiara: Any, ada: Any) -> None:
    file = SimpleUploadedFile("eurofxref.csv", DAILY)
    imported = as_(amina).post("/api/v1/finance/rates/import/", {"source": "ECB", "file": file})
    listed = as_(chiara).get("/api/v1/finance/rates/?quote=USD").json()["results"]
    body = {"base": "EUR", "quote": "KES", "rate": "140.25", "as_of": "2026-11-11T12:00:00Z", "source_text": "The bank"}
    sent = as_(amina).post(
        "/api/v1/finance/rate-proposals/", body, content_type="application/json", headers={"Idempotency-Key": "k-1"}
    )
    address = f"/api/v1/finance/rate-proposals/{sent.json()['id']}/approve/"
    headers = {"Idempotency-Key": "k-2", "If-Match": sent["ETag"]}
    own = as_(amina).post(address, {}, content_type="application/json", headers=headers)
    other = as_(chiara).post(address, {}, content_type="application/json", headers=headers)

    assert (imported.status_code, imported.json()["imported"]) == (200, 2)
    assert [(row["rate"], row["source"]) for row in listed] == [("1.083200000000", "ECB")]
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    assert (other.status_code, other.json()["state"]) == (200, "APPROVED")
    assert as_(ada).get("/api/v1/finance/rates/").status_code == 403


def test_the_pages_import_type_and_decide(amina: Any, chiara: Any) -> None:
    bad = as_(amina).post(
        "/finance/rates/import/", {"source": "ECB", "base": "EUR", "file": SimpleUploadedFile("f.csv", b"x")}
    )
    good = as_(amina).post(
        "/finance/rates/import/", {"source": "ECB", "base": "EUR", "file": SimpleUploadedFile("f.csv", DAILY)}
    )
    fields = {"base": "EUR", "quote": "KES", "rate": "140.25", "day": "2026-11-11", "source_text": "The bank"}
    as_(amina).post("/finance/rates/", fields)
    row = RateProposal.objects.get()
    decided = as_(chiara).post(f"/finance/rates/proposals/{row.id}/approve/", {"expected_version": 1})

    assert (bad.status_code, good.status_code, decided.status_code) == (422, 302, 302)
    assert "The first row names the columns" in bad.text
    assert sorted(ExchangeRate.objects.values_list("quote", flat=True)) == ["JPY", "KES", "USD"]
    assert "1 EUR = 140.25 KES" in as_(chiara).get(f"/finance/rates/proposals/{row.id}/").text
