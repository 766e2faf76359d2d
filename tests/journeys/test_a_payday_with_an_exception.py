"""A payday that does not go smoothly: a bank account changes before the money goes, two people clear it, the month is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import expect

from common import clock
from common.verification import run_checks
from payouts.ledger.commands import seal_entries
from payouts.payees.models import PayeeHold
from payouts.transfers.models import Payout
from tests.browser import finance_stories
from tests.browser.browsing import Visitor, check_every_look
from tests.browser.world import make_world
from tests.journeys.test_from_earning_to_bank import approve, load, pay, prepare, set_up_bank
from tests.payouts.support.served import Served

NEW_ACCOUNT = "DE02 1203 0000 0000 2020 51"


def test_an_exception_is_cleared_by_two_people_and_the_month_is_closed(
    visit: Callable[..., Visitor], provider: Served
) -> None:
    world = make_world()
    first, last = finance_stories.earned_week(world)
    month = last_month()
    finance_stories.earn(world, "Dana", "d:1", month)
    ada, emre, fatou = (visit(world.people[name]) for name in ("Ada", "Emre", "Fatou"))
    ada.known_hosts.append(provider.address)

    set_up_bank(ada)
    path = prepare(emre, first, last)
    approve(fatou)
    pay(emre, path)
    change_bank(ada)
    provider.tell_the_news()
    assert Payout.objects.get().state == "HELD"
    find_the_exception(emre)
    lift_the_hold(emre, fatou)
    let_it_go_on(fatou)
    provider.tell_the_news()

    assert (Payout.objects.get().state, Payout.objects.get().bank_last4) == ("PAID", "2051")
    emre.open("/finance/exceptions/")
    expect(emre.page.get_by_text("Nothing needs a look.")).to_be_visible()
    reconcile(emre)
    seal_entries()
    close(emre, fatou, f"{month:%Y-%m}")
    ada.open("/earnings/")
    assert load(ada, "PDF of statement ST-000001").startswith(b"%PDF-")
    assert [result.name for result in run_checks() if not result.is_ok] == []
    assert [window.faults for window in (ada, emre, fatou)] == [[], [], []]


def last_month() -> datetime:
    """Return an instant in the month that is over."""
    this = clock.now().replace(day=1, hour=12, minute=0, second=0, microsecond=0)
    return this - timedelta(days=10)


def change_bank(ada: Visitor) -> None:
    """Enter another account at the provider; nothing goes there for 72 hours."""
    ada.open("/payout-method/")
    ada.page.get_by_role("link", name="Open your bank details").click()
    ada.page.get_by_label("Name on the bank account").fill("Ada Example")
    ada.page.get_by_label("Account number or IBAN").fill(NEW_ACCOUNT)
    ada.page.get_by_label("I accept the terms").check()
    ada.page.get_by_role("button", name="Save and return").click()
    expect(ada.page.get_by_text("2051").first).to_be_visible()
    assert PayeeHold.objects.count() == 1


def find_the_exception(emre: Visitor) -> None:
    """Read what the payout waits for."""
    emre.open("/finance/exceptions/")
    expect(emre.page.get_by_role("row", name="Ada Example")).to_contain_text("It can't go on yet")
    emre.page.get_by_role("link", name="Ada Example").click()
    expect(emre.page.get_by_role("heading", name="Next step")).to_be_visible()
    expect(emre.page.get_by_role("button", name="Let it go on")).to_have_count(0)
    assert check_every_look(emre) == []


def lift_the_hold(emre: Visitor, fatou: Visitor) -> None:
    """Let one person propose and another lift."""
    for person, button, told in (
        (emre, "Propose to lift it", "Proposed. Another person lifts the hold."),
        (fatou, "Lift the hold", "The hold is lifted."),
    ):
        person.open("/finance/payee-holds/")
        person.page.get_by_role("link", name="Ada Example").click()
        person.page.get_by_label("Reason").fill("She told us by telephone that the account is hers.")
        person.page.get_by_role("button", name=button).click()
        expect(person.page.get_by_text(told)).to_be_visible()


def let_it_go_on(fatou: Visitor) -> None:
    """Resume the payout, to the account as it is now."""
    fatou.open("/finance/exceptions/")
    fatou.page.get_by_role("link", name="Ada Example").click()
    fatou.page.get_by_role("button", name="Let it go on").click()
    expect(fatou.page.get_by_text("It goes on, to the account as it is now.")).to_be_visible()


def reconcile(emre: Visitor) -> None:
    """Compare with the provider: nothing is left over."""
    emre.open("/finance/reconciliation/")
    emre.page.get_by_role("button", name="Compare now").click()
    expect(emre.page.get_by_text("Unexplained: none in any currency")).to_be_visible()


def close(emre: Visitor, fatou: Visitor, month: str) -> None:
    """Close the month that is over: one proposes, another closes."""
    emre.open("/finance/periods/")
    emre.page.get_by_role("link", name=month).click()
    expect(emre.page.get_by_text("Ready", exact=True)).to_be_visible()
    emre.page.get_by_label("Reason").fill("All movements of the month are explained.")
    emre.page.get_by_role("button", name="Propose to close").click()
    expect(emre.page.get_by_text("You proposed this, so another person closes it.")).to_be_visible()
    fatou.open(f"/finance/periods/{month}/")
    fatou.page.get_by_role("button", name=f"Close {month}").click()
    fatou.page.get_by_role("dialog", name="Close these books for good?").get_by_role("button", name="Close").click()
    expect(fatou.page.get_by_text("The books of this month are closed.")).to_be_visible()
