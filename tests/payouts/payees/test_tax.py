"""Tax forms and what is withheld: by whom a form counts, until when, and to the cent in the books and on the statement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.errors import Conflict, FourEyesRequired, InvalidInput, NotPermitted
from common.money import Money
from common.verification import run_checks
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, release_payout, submit
from payouts.cycles.models import CycleLine
from payouts.cycles.rules import Due, Terms, split_line
from payouts.facade import post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import tax_withheld
from payouts.payees import commands
from payouts.payees.models import PayeeHold, TaxForm
from payouts.payees.queries import payability
from payouts.payees.taxation import FormFacts, expires_on, status_of, withholding
from payouts.statements.commands import issue_statement
from payouts.statements.models import StatementLine
from payouts.transfers.commands import submit_payout
from payouts.transfers.models import Payout
from tests.payouts.payees.test_payee_holds import make_expert
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
SIGNED = date(2026, 11, 1)


def submitted(story: Story, worker: Any, **changes: Any) -> TaxForm:
    facts: dict[str, Any] = {
        "form": "W8BEN",
        "legal_name": "Ada Obi",
        "tax_country": "DE",
        "tin": "12 345 678 901",
        "works_in_us": False,
        "signed_on": SIGNED,
    }
    return commands.submit_tax_form(worker_id=worker.id, by=worker, now=story.now, **(facts | changes))


def accepted(story: Story, worker: Any, **changes: Any) -> TaxForm:
    reviewer = make_person(f"R{TaxForm.objects.count()}", "FINANCE_APPROVER")
    row = submitted(story, worker, **changes)
    return commands.review_tax_form(form_id=row.id, accept=True, review_text="In order.", by=reviewer, now=story.now)


W9 = FormFacts("W9", True, False, None)
ABROAD, IN_US = FormFacts("W8BEN", True, False, None), FormFacts("W8BEN", True, True, None)


@pytest.mark.parametrize(
    ("valid", "latest", "country", "bps", "code"),
    [
        (W9, W9, "US", 0, ""),
        (FormFacts("W9", False, False, None), None, "US", 2400, "NO_TIN"),
        (None, None, "US", 2400, "NO_VALID_FORM"),
        (None, W9, "US", 2400, "NO_VALID_FORM"),
        (None, W9, "DE", 2400, "NO_VALID_FORM"),
        (None, None, "DE", 0, ""),
        (ABROAD, ABROAD, "DE", 0, ""),
        (IN_US, IN_US, "DE", 3000, "US_SOURCE"),
        (None, IN_US, "DE", 3000, "US_SOURCE"),
        (ABROAD, IN_US, "DE", 3000, "US_SOURCE"),
        (FormFacts("W8BENE", True, True, 1000), None, "DE", 1000, "US_SOURCE_TREATY"),
        (FormFacts("W8BENE", True, True, 0), None, "DE", 0, ""),
        (FormFacts("W8BENE", True, False, 1000), None, "DE", 0, ""),
    ],
)
def test_what_is_withheld_follows_the_form_and_where_the_work_is_done(
    valid: FormFacts | None, latest: FormFacts | None, country: str, bps: int, code: str
) -> None:
    told = withholding(valid, latest, country)

    assert (told.bps, told.code) == (bps, code)
    assert bool(told.words) == bool(bps)


def test_a_w8_holds_to_the_end_of_the_third_calendar_year_after_signing() -> None:
    last = expires_on("W8BEN", date(2026, 1, 2))

    assert (last, expires_on("W8BENE", date(2026, 12, 31)), expires_on("W9", SIGNED)) == (
        date(2029, 12, 31),
        date(2029, 12, 31),
        None,
    )
    days = (date(2029, 10, 31), date(2029, 11, 1), date(2029, 12, 31), date(2030, 1, 1))
    assert [status_of("VALID", last, day) for day in days] == ["VALID", "EXPIRING", "EXPIRING", "EXPIRED"]


def test_tax_is_whole_or_nothing_is_paid() -> None:
    terms = Terms(1000, 2500, 2400)

    split = split_line(Due(10_001, 0, 0, 500), terms, 1)
    short = split_line(Due(10_000, 0, 9_000, 0), terms, 1)

    assert (split.withheld_minor, split.recovered_minor, split.holdback_minor, split.amount_minor) == (
        2400,
        500,
        1000,
        6101,
    )
    assert (short.withheld_minor, short.amount_minor, short.carried_minor) == (0, 0, 1000)


def test_tax_is_withheld_to_the_cent_in_line_books_and_statement_and_undone_with_the_payment(
    story: Story, ada: Any, bola: Any
) -> None:
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    story.onboard(ada)
    story.fund(euros(1000))
    accepted(story, ada, works_in_us=True)
    post_earnings([make_earning(ada.id, bola.id, "t:1", rate_minor=2501)], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    execute(cycle_id=cycle.id, by=amina, now=NOW)

    line = CycleLine.objects.get()
    assert (line.earned_minor, line.withheld_minor, line.amount_minor) == (5002, 1500, 3502)
    assert (line.withholding_bps, line.withholding_code) == (3000, "US_SOURCE")
    assert get_balance(tax_withheld("EUR")) == Money(1500, "EUR")
    payout = Payout.objects.get()
    submit_payout(payout_id=payout.id, now=NOW)
    with transaction.atomic():
        issue_statement(payout_id=payout.id, now=NOW)
    assert StatementLine.objects.get(kind="WITHHELD").amount_minor == -1500
    assert [(r.name, r.findings) for r in run_checks() if not r.is_ok] == []

    release_payout(payout_id=payout.id, now=NOW)
    assert get_balance(tax_withheld("EUR")) == Money(0, "EUR")


@pytest.mark.parametrize(
    "change", ["withheld_minor = withheld_minor - 1, amount_minor = amount_minor + 1", "withholding_code = ''"]
)
def test_raw_sql_cannot_withhold_another_share(story: Story, ada: Any, bola: Any, change: str) -> None:
    amina = make_person("Amina", "FINANCE_PREPARER")
    story.onboard(ada)
    accepted(story, ada, works_in_us=True)
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(IntegrityError, match="cycle_line_withholds_exactly"), transaction.atomic():
        connection.cursor().execute(f"UPDATE payouts_cycleline SET {change}")


def test_a_person_reviews_with_words_and_never_their_own(story: Story, ada: Any) -> None:
    story.onboard(ada)
    row, chiara = submitted(story, ada), make_person("Chiara", "FINANCE_APPROVER")
    given: dict[str, Any] = {"form_id": row.id, "accept": False, "now": story.now}
    with pytest.raises(NotPermitted):
        commands.review_tax_form(review_text="x", by=make_person("Amina", "FINANCE_PREPARER"), **given)
    with pytest.raises(InvalidInput):
        commands.review_tax_form(review_text=" ", by=chiara, **given)

    commands.review_tax_form(review_text="The signature is missing.", by=chiara, **given)

    told = payability([ada.id], "EUR", now=story.now)[ada.id]
    assert (told.is_ready, told.reason_code, told.tax_status) == (False, "TAX_FORM_REJECTED", "REJECTED")
    with pytest.raises(Conflict):
        commands.review_tax_form(review_text="x", by=chiara, **given)
    story.onboard(chiara, number="DE62370400440532013001")
    own = submitted(story, chiara, tin="")
    with pytest.raises(FourEyesRequired):
        commands.review_tax_form(form_id=own.id, accept=True, review_text="x", by=chiara, now=story.now)
    accepted(story, ada)
    assert payability([ada.id], "EUR", now=story.now)[ada.id].is_ready


def test_two_people_of_one_taxpayer_number_are_held_and_only_its_end_is_kept(story: Story, ada: Any, bola: Any) -> None:
    story.onboard(ada)
    story.onboard(bola, number="DE62370400440532013001")
    submitted(story, ada)
    row = submitted(story, bola, tin="12345678-901")

    assert {hold.worker for hold in PayeeHold.objects.filter(kind="DUPLICATE_TAX_ID")} == {ada, bola}
    assert (row.tin_last4, len(row.tin_hash)) == ("8901", 64)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM payouts_taxform t WHERE t::text LIKE '%12345678%'")
        assert cursor.fetchone()[0] == 0


def test_a_number_flagged_wrongly_is_cleared_by_two_people_for_good_and_still_found_with_a_third(
    story: Story, ada: Any, bola: Any
) -> None:
    for number, worker in enumerate((ada, bola), start=3000):
        story.onboard(worker, number=f"DE6237040044053201{number}")
        submitted(story, worker)
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    hold = PayeeHold.objects.get(worker=ada, kind="DUPLICATE_TAX_ID")
    words = "Bola mistyped hers; her signed form shows another number."

    commands.propose_lift(hold_id=hold.id, reason_text=words, by=amina, now=story.now)
    with pytest.raises(FourEyesRequired):
        commands.lift(hold_id=hold.id, reason_text="I have seen both forms.", by=amina, now=story.now)
    commands.lift(hold_id=hold.id, reason_text="I have seen both forms.", by=chiara, now=story.now)

    assert payability([ada.id, bola.id], "EUR", now=story.now)[ada.id].is_ready
    assert payability([bola.id], "EUR", now=story.now)[bola.id].reason_code == "DUPLICATE_TAX_ID"
    submitted(story, ada)
    assert payability([ada.id], "EUR", now=story.now)[ada.id].is_ready
    dana = make_person("Dana")
    story.onboard(dana, number="DE62370400440532013009")
    submitted(story, dana)
    assert payability([ada.id], "EUR", now=story.now)[ada.id].reason_code == "DUPLICATE_TAX_ID"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"form": "W9"}, "tax_country"),
        ({"form": "W9", "tax_country": "US", "tin": "1234"}, "tin"),
        ({"tax_country": "US"}, "tax_country"),
        ({"treaty_country": "DE"}, "treaty_country"),
        ({"treaty_country": "FR", "treaty_bps": 0}, "treaty_country"),
        ({"treaty_country": "DE", "treaty_bps": 3000}, "treaty_bps"),
        ({"signed_on": date(2026, 11, 13)}, "signed_on"),
        ({"signed_on": date(2022, 12, 31)}, "signed_on"),
        ({"legal_name": "\u202e"}, "legal_name"),
    ],
)
def test_a_form_that_cannot_be_is_refused_by_its_field(
    story: Story, ada: Any, changes: dict[str, Any], field: str
) -> None:
    story.onboard(ada)

    with pytest.raises(InvalidInput) as refused:
        submitted(story, ada, **changes)

    assert f"/{field}" in [problem.pointer for problem in refused.value.problems]
    assert not TaxForm.objects.exists()


def test_versions_stand(story: Story, ada: Any) -> None:
    story.onboard(ada)
    accepted(story, ada)
    submitted(story, ada)

    assert list(TaxForm.objects.order_by("version").values_list("version", "state")) == [(1, "VALID"), (2, "SUBMITTED")]
    for change in ("works_in_us = true", "state = 'REJECTED'"):
        with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
            connection.cursor().execute(f"UPDATE payouts_taxform SET {change} WHERE version = 1")


def test_by_api_and_pages_a_form_is_submitted_read_and_reviewed(story: Story, ada: Any) -> None:
    story.onboard(ada)
    make_expert(ada)
    chiara = make_person("Chiara", "FINANCE_APPROVER")
    body = {
        "form": "W8BEN",
        "legal_name": "Ada Obi",
        "tax_country": "DE",
        "works_in_us": True,
        "signed_on": "2026-11-01",
    }

    made = client_of(ada).post("/api/v1/tax-forms/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    listed = client_of(chiara).get("/finance/tax-forms/").content.decode()
    page = f"/finance/tax-forms/{made.json()['id']}/"
    reviewed = client_of(chiara).post(page, {"accept": "yes", "review_text": "In order."})
    shown = client_of(ada).get("/api/v1/tax-forms/").json()["results"]

    assert (made.status_code, made.json()["status"]) == (201, "SUBMITTED")
    assert "W-8BEN" in listed
    assert reviewed.status_code == 302
    assert [(row["status"], row["expires_on"], row["review_text"]) for row in shown] == [
        ("VALID", "2029-12-31", "In order.")
    ]
    assert "tin_hash" not in shown[0]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
