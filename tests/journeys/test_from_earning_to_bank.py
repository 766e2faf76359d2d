"""An expert says where their bank is, finance prepares, another approves, it is paid, and the statement says for what."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from playwright.sync_api import expect

from common.verification import run_checks
from payouts.cycles.models import PayCycle
from payouts.statements.models import Statement
from payouts.transfers.models import Payout, ProviderEvent
from tests.browser import finance_stories
from tests.browser.browsing import Visitor, check_every_look
from tests.browser.world import make_world
from tests.payouts.support.served import Served


def test_a_week_is_prepared_approved_by_another_paid_and_read_by_its_expert(
    visit: Callable[..., Visitor], provider: Served
) -> None:
    world = make_world()
    first, last = finance_stories.earned_week(world)
    ada, emre, fatou = (visit(world.people[name]) for name in ("Ada", "Emre", "Fatou"))
    ada.known_hosts.append(provider.address)

    set_up_bank(ada)
    path = prepare(emre, first, last)
    approve(fatou)
    pay(emre, path)
    provider.tell_the_news()

    expect(emre.page.get_by_role("row", name="EUR")).to_contain_text("Completed")  # the page follows by itself
    assert PayCycle.objects.get().state == "COMPLETED"
    emre.page.get_by_role("link", name="Payouts", exact=True).last.click()
    expect(emre.page.get_by_role("row", name="Ada Example")).to_contain_text("Paid")
    sent = [row.body for row in provider.sandbox.store.listed("transfer", "")]
    assert [(transfer["amount"], transfer["currency"]) for transfer in sent] == [(7200, "eur")]
    assert Payout.objects.get().provider_ref == sent[0]["id"]
    assert ProviderEvent.objects.filter(type="payout.paid", state="DONE").count() == 1
    compare(emre)
    read_statement(ada)
    assert [result.name for result in run_checks() if not result.is_ok] == []
    assert [window.faults for window in (ada, emre, fatou)] == [[], [], []]


def set_up_bank(ada: Visitor) -> None:
    """Go from the earnings to the provider's own page and back."""
    ada.open("/earnings/")
    expect(ada.page.get_by_text("No bank account yet.")).to_be_visible()
    ada.page.get_by_role("link", name="Set up how you are paid").click()
    expect(ada.page.get_by_label("Legal name")).to_have_value("Ada Example")
    ada.page.get_by_label("Currency").select_option("EUR")
    ada.page.get_by_role("button", name="Save").click()
    ada.page.get_by_role("link", name="Enter your bank details").click()
    ada.page.get_by_label("Name on the bank account").fill("Ada Example")
    ada.page.get_by_label("Account number or IBAN").fill("DE89 3704 0044 0532 0130 00")
    ada.page.get_by_label("I accept the terms").check()
    ada.page.get_by_role("button", name="Save and return").click()
    expect(ada.page.get_by_text("You can be paid to •••• 3000 from now on.")).to_be_visible()
    ada.wait_until_drawn()
    assert check_every_look(ada) == []


def prepare(emre: Visitor, first: datetime, last: datetime) -> str:
    """Open a cycle, calculate and submit it; who prepared it is told that another approves. Returns its path."""
    emre.open("/finance/cycles/")
    emre.page.get_by_label("Currency").select_option("EUR")
    emre.page.get_by_label("First day").fill(f"{first:%Y-%m-%d}")
    emre.page.get_by_label("Last day").fill(f"{last:%Y-%m-%d}")
    emre.page.get_by_role("button", name="Open", exact=True).click()
    expect(emre.page.get_by_text("The cycle was opened.")).to_be_visible()
    emre.page.get_by_role("button", name="Calculate", exact=True).click()
    expect(emre.page.get_by_role("row", name="Ada Example")).to_contain_text("€72.00")
    emre.page.get_by_role("button", name="Submit for approval").click()
    expect(emre.page.get_by_text("You prepared this cycle, so you cannot approve it")).to_be_visible()
    for name in ("Approve EUR", "Pay EUR"):
        expect(emre.page.get_by_role("button", name=name)).to_have_count(0)
    return emre.path


def approve(fatou: Visitor) -> None:
    """Find what waits, look, tick and sign; paying is the preparer's."""
    fatou.open("/finance/approvals/")
    fatou.page.get_by_role("row", name="Emre Example").get_by_role("link").click()
    expect(fatou.page.get_by_role("row", name="Ada Example")).to_contain_text("€72.00")
    fatou.page.get_by_role("button", name="Approve EUR").click()
    expect(fatou.page.get_by_role("alert")).to_contain_text("I have looked")
    assert PayCycle.objects.get().state == "SUBMITTED"
    fatou.page.get_by_label("I have looked at the difference and the exceptions").check()
    fatou.page.get_by_role("button", name="Approve EUR").click()
    expect(fatou.page.get_by_text("Exactly these lines are approved.")).to_be_visible()
    expect(fatou.page.get_by_text("Whoever prepares cycles pays it next.")).to_be_visible()
    expect(fatou.page.get_by_role("button", name="Pay EUR")).to_have_count(0)


def pay(emre: Visitor, path: str) -> None:
    """Pay what was approved, after a second look; the page follows how far it is."""
    emre.open(path)
    emre.page.get_by_role("button", name="Pay EUR").click()
    emre.page.get_by_role("dialog", name="Pay these people now?").get_by_role("button", name="Pay").click()
    expect(emre.page.get_by_text("The cycle is being carried out.")).to_be_visible()
    expect(emre.page.get_by_text("Reserved, to send")).to_be_visible()


def compare(emre: Visitor) -> None:
    """Compare the provider's balance with the books: what was topped up is what was sent, and nothing is left over."""
    emre.open("/finance/reconciliation/")
    expect(emre.page.get_by_text("Nothing was compared yet.")).to_be_visible()
    emre.page.get_by_role("button", name="Compare now").click()
    expect(emre.page.get_by_text("2 new transactions, 2 matched, 0 new breaks").first).to_be_visible()
    expect(emre.page.get_by_text("Unexplained: none in any currency")).to_be_visible()
    expect(emre.page.get_by_text("No breaks in this state.")).to_be_visible()


def read_statement(ada: Visitor) -> None:
    """Open the paid earning and load its statement as PDF and as CSV."""
    ada.open("/earnings/")
    ada.page.get_by_role("table").get_by_role("link", name="Review of translations").first.click()
    expect(ada.page.get_by_text("Payout of €72.00")).to_be_visible()
    expect(ada.page.get_by_role("link", name=f"Statement {Statement.objects.get().reference}")).to_be_visible()
    ada.open("/earnings/")
    assert check_every_look(ada) == []
    assert load(ada, "PDF of statement ST-000001").startswith(b"%PDF-")
    rows = list(csv.DictReader(io.StringIO(load(ada, "CSV of statement ST-000001").decode())))
    assert [(row["quantity"], row["rate"], row["amount"], row["currency"]) for row in rows] == [
        ("3", "24.00", "72.00", "EUR")
    ]


def load(window: Visitor, link: str) -> bytes:
    """Return the file that a link leads to."""
    with window.page.expect_download() as loading:
        window.page.get_by_role("link", name=link).click()
    return Path(loading.value.path()).read_bytes()
