"""What clients are charged: apart from what experts are paid, once for each piece of approved work."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.money import Money
from common.verification import run_checks
from marketplace.identity.commands.keys import create_api_key
from payouts.clients import rates
from payouts.clients.commands import approve_proposal, charge_work, propose_terms
from payouts.clients.models import ClientAccount, UsageLine
from payouts.clients.queries import find_uncharged, get_funds
from payouts.clients.rates import BillRate, WorkPrice
from payouts.clients.rules import by_margin
from payouts.facade import post_earnings, reverse_earning
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable, revenue
from tests.marketplace import people
from tests.payouts.clients.stories import as_, euros, open_euros
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_earning, make_person

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def hourly(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour is billed at 40.00 EUR."""
    monkeypatch.setattr(rates, "_providers", [forty_an_hour])


def forty_an_hour(asked: Any) -> dict[WorkPrice, BillRate]:
    return {price: BillRate("rate_line:bill", euros(40)) for price in asked if price.unit == "HOUR"}


def work(account: ClientAccount, ada: Any, bola: Any, *keys: str, **changes: Any) -> None:
    """Let Ada have worked two hours at 25.00 EUR for each key."""
    tenant = str(account.client_id)
    post_earnings([make_earning(ada.id, bola.id, key, **{"tenant": tenant} | changes) for key in keys], now=NOW)


def wrong() -> list[str]:
    return [f.subject for result in run_checks() for f in result.findings]


@pytest.mark.usefixtures("hourly")
def test_a_client_is_charged_by_the_bill_rate_whatever_the_expert_is_paid(
    account: ClientAccount, ada: Any, bola: Any
) -> None:
    work(account, ada, bola, "t:1", "t:2")

    written = (charge_work(now=LATER), charge_work(now=LATER))

    line = UsageLine.objects.get(source_key="t:1")
    assert written == (2, 0)
    assert (line.amount, line.rate, line.rate_line_key, line.approved_at) == (
        euros(80),
        euros(40),
        "rate_line:bill",
        NOW,
    )
    assert (get_funds(account).owed, get_balance(revenue("work", "EUR"))) == (euros(160), euros(160))
    assert get_balance(payable(ada.id, "EUR")) == euros(100)
    assert wrong() == []


def test_work_without_a_bill_line_is_charged_by_the_margin_of_the_terms(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    work(account, ada, bola, "t:1")
    uncharged = (charge_work(now=LATER), find_uncharged(account.client_id).count())
    terms = propose_terms(
        account_id=account.id, credit_limit_minor=0, payment_days=30, margin_bps=2550, by=amina, now=NOW
    )
    approve_proposal(kind="terms", proposal_id=terms.id, by=chiara, now=LATER)

    charge_work(now=LATER)

    line = UsageLine.objects.get()
    assert uncharged == (0, 1)
    assert (line.method, line.amount, line.rate, line.rate_line_key) == (
        "MARGIN",
        Money(6275, "EUR"),
        None,
        f"client_terms:{terms.id}",
    )
    assert find_uncharged(account.client_id).count() == 0
    assert wrong() == []


@pytest.mark.usefixtures("hourly")
def test_an_earning_taken_back_takes_its_charge_back(account: ClientAccount, ada: Any, bola: Any) -> None:
    work(account, ada, bola, "t:1", "t:2", "t:3")
    reverse_earning(source_key="t:3", reason_code="WRONG", reason_text="Never done.", by=bola.id, now=NOW)
    charge_work(now=LATER)
    reverse_earning(source_key="t:1", reason_code="WRONG", reason_text="Counted twice.", by=bola.id, now=LATER)

    written = (charge_work(now=LATER), charge_work(now=LATER))

    back = UsageLine.objects.get(reverses__isnull=False)
    assert written == (1, 0)
    assert (back.source_key, back.amount, back.quantity) == ("t:1", -euros(80), Decimal(-2))
    assert (get_funds(account).owed, UsageLine.objects.count()) == (euros(80), 3)
    assert wrong() == []


@pytest.mark.usefixtures("hourly")
def test_nobody_is_charged_for_work_of_others_before_the_account_or_beside_work(
    account: ClientAccount, ada: Any, bola: Any
) -> None:
    work(account, ada, bola, "other", tenant="acme")
    work(account, ada, bola, "bonus", unit="BONUS")
    earlier = make_earning(ada.id, bola.id, "early", tenant=str(account.client_id))
    post_earnings([earlier], now=NOW - timedelta(days=1))

    assert charge_work(now=LATER) == 0
    assert not UsageLine.objects.exists()


def test_a_bill_line_in_a_currency_without_an_account_charges_nobody(
    account: ClientAccount, ada: Any, bola: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dollars = BillRate("rate_line:usd", Money(5000, "USD"))
    monkeypatch.setattr(rates, "_providers", [lambda asked: dict.fromkeys(asked, dollars)])
    work(account, ada, bola, "t:1")

    assert charge_work(now=LATER) == 0
    assert find_uncharged(account.client_id).count() == 1


def test_a_rate_beyond_what_a_row_may_hold_charges_nobody_and_stops_nobody(
    account: ClientAccount, ada: Any, bola: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(asked: Any) -> dict[WorkPrice, BillRate]:
        return {price: BillRate("x", Money(10**13 if price.rate_line_key == "big" else 100, "EUR")) for price in asked}

    monkeypatch.setattr(rates, "_providers", [odd])
    work(account, ada, bola, "t:1", rate_line_key="big")
    work(account, ada, bola, "t:2")

    assert charge_work(now=LATER) == 1
    assert UsageLine.objects.get().source_key == "t:2"


def test_what_rounds_to_nothing_is_a_line_without_an_entry(
    account: ClientAccount, ada: Any, bola: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_providers", [lambda asked: dict.fromkeys(asked, BillRate("x", Money(1, "EUR")))])
    work(account, ada, bola, "t:1", quantity=Decimal("0.1"))

    assert charge_work(now=LATER) == 1
    assert (UsageLine.objects.get().amount_minor, UsageLine.objects.get().entry_id) == (0, None)
    assert wrong() == []


@pytest.mark.usefixtures("hourly")
@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("earning_id = earning_id", "usage_once_per_earning"),
        ("amount_minor = 7999", "usage_amount_is_quantity_by_rate"),
        ("rate_minor = NULL", "usage_method_has_its_figure"),
        ("entry_id = NULL", "usage_has_entry"),
        ("reverses_id = id, quantity = -2, amount_minor = -8000", ""),
        (
            "reverses_id = (SELECT min(id::text)::uuid FROM payouts_usageline), quantity = -1, amount_minor = -4000",
            "usage_reverses_in_full",
        ),
    ],
)
def test_raw_sql_cannot_charge_otherwise(
    account: ClientAccount, ada: Any, bola: Any, change: str, refused: str
) -> None:
    work(account, ada, bola, "t:1")
    charge_work(now=LATER)
    columns = [field.column for field in UsageLine._meta.concrete_fields]
    changed = dict(part.split(" = ", 1) for part in _parts(change))
    # A copy of the line beside the first, with a free id and entry, but for what is changed.
    spare = JournalEntry.objects.exclude(id__in=UsageLine.objects.values("entry_id")).first()
    values = {"id": "gen_random_uuid()", "entry_id": f"'{spare.id}'"} | changed
    if change.startswith("reverses_id = id"):
        values["reverses_id"] = "id"
    chosen = ", ".join(values.get(column, column) for column in columns)

    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO payouts_usageline ({', '.join(columns)}) SELECT {chosen} FROM payouts_usageline"
            )

    if not refused:
        copy()
        return
    with pytest.raises(IntegrityError) as caught:
        copy()
    assert caught.value.__cause__.diag.constraint_name == refused
    assert UsageLine.objects.count() == 1


def _parts(change: str) -> list[str]:
    """Split at commas outside of brackets."""
    parts, depth = [""], 0
    for sign in change:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


@pytest.mark.usefixtures("hourly")
def test_a_charge_that_the_books_do_not_know_is_found(account: ClientAccount, ada: Any, bola: Any) -> None:
    work(account, ada, bola, "t:1")
    charge_work(now=LATER)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_usageline DISABLE TRIGGER USER")
        cursor.execute("UPDATE payouts_usageline SET rate_minor = 4100, amount_minor = 8200")
        cursor.execute("ALTER TABLE payouts_usageline ENABLE TRIGGER USER")

    assert wrong() == ["usage:t:1"]


@pytest.mark.parametrize(
    ("cost", "margin_bps", "price"),
    [(100, 0, 100), (5000, 2550, 6275), (1, 5000, 2), (3, 5000, 4), (10**12, 90_000, 10**13)],
)
def test_a_margin_is_rounded_half_to_even(cost: int, margin_bps: int, price: int) -> None:
    assert by_margin(Money(cost, "EUR"), margin_bps) == Money(price, "EUR")


@pytest.mark.usefixtures("hourly")
def test_a_client_reads_what_it_was_charged_and_not_what_experts_are_paid(
    account: ClientAccount, ada: Any, bola: Any, owner: Any, amina: Any
) -> None:
    work(account, ada, bola, "t:1", "t:2")
    charge_work(now=LATER)
    other = people.make_user("Kofi Other")
    open_euros(people.make_organization(other, "Other"), amina)
    path = f"/api/v1/client-accounts/{account.id}/usage/"

    rows = as_(owner).get(f"{path}?project=mqm&since={NOW:%Y-%m-%d}").json()["results"]
    none = as_(owner).get(f"{path}?until={NOW:%Y-%m-%d}").json()["results"]
    page = as_(owner).get(f"/billing/{account.id}/usage/").content.decode()

    assert [(row["source_key"], row["amount"]["amount_minor"], row["quantity"]) for row in rows] == [
        ("t:2", 8000, "2"),
        ("t:1", 8000, "2"),
    ]
    assert none == []
    assert ("160.00" in page, "25.00" in page, "50.00" in page) == (True, False, False)
    assert (">Hour<" in page, "HOUR" in page) == (True, False)
    assert [as_(other).get(url).status_code for url in (path, f"/billing/{account.id}/usage/")] == [404, 404]
    assert as_(ada).get(path).status_code == 403
    assert as_(owner).get(f"{path}?since=yesterday").status_code == 400


def test_work_charged_by_many_at_once_is_charged_once(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_providers", [forty_an_hour])
    amina = make_person("Amina", "FINANCE_PREPARER")
    account = open_euros(people.make_organization(people.make_user("Olu Owner")), amina)
    ada, bola = make_person("Ada"), make_person("Bola")
    work(account, ada, bola, *(f"t:{n}" for n in range(40)))

    outcomes = at_once(*(lambda: charge_work(now=LATER) for _ in range(8)))

    assert outcomes == ["done"] * 8
    assert (UsageLine.objects.count(), get_funds(account).owed) == (40, euros(3200))


@pytest.mark.usefixtures("hourly")
def test_a_key_with_the_scope_reads_the_charges_of_its_own_organization(
    account: ClientAccount, ada: Any, bola: Any, owner: Any, acme: Any, amina: Any
) -> None:
    work(account, ada, bola, "t:1")
    charge_work(now=LATER)
    stranger = people.make_user("Kofi Other")
    elsewhere = open_euros(people.make_organization(stranger, "Other"), amina)

    def read(scope: str, row: ClientAccount) -> int:
        facts = {"name": scope, "scopes": [scope], "expires_at": NOW + timedelta(days=30), "by": owner, "now": NOW}
        _, key = create_api_key(organization_id=acme.id, **facts)
        path = f"/api/v1/client-accounts/{row.id}/usage/"
        return Client().get(path, headers={"Authorization": f"Bearer {key}"}).status_code

    assert (read("billing.read", account), read("billing.read", elsewhere)) == (200, 404)
    assert read("projects.read", account) == 403
