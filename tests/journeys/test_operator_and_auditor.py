"""An operator closes an account and opens it again; an auditor reads who did it, and the books, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command
from playwright.sync_api import expect

from common import events
from common.clock import now
from common.models import AuditEvent
from marketplace.identity.commands import register_user
from payouts.cycles.models import PayCycle
from payouts.ledger.models import JournalEntry
from tests.browser import finance_stories
from tests.browser.browsing import Visitor
from tests.browser.world import World, make_world

PASSWORD = "three boats in a row"
REASON = "Dana left the client; her manager asked for it by letter."


def test_an_operator_finds_a_person_reads_the_records_and_closes_the_account(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    register_user(email="ines@example.com", password=PASSWORD, full_name="Ines Example", now=now())
    call_command("grant_role", "ines@example.com")
    ines, dana, hana = visit(), visit(world.people["Dana"]), visit(world.people["Hana"])
    dana.open("/reviews/")
    expect(dana.page.get_by_role("heading", level=1)).to_be_visible()

    log_in_to_the_records(ines)
    read_records(ines)
    close_account(ines)

    dana.page.get_by_role("link", name="Board").first.click()
    dana.page.wait_for_url("**/accounts/login/**")
    assert world.people["Dana"].is_active
    world.people["Dana"].refresh_from_db()
    assert not world.people["Dana"].is_active
    hana.open("/acts/")
    act = hana.page.get_by_role("listitem").filter(has_text="user.disabled")
    expect(act).to_contain_text("Ines Example")
    expect(act).to_contain_text(REASON)

    ines.page.get_by_role("button", name="Open the account again").click()
    expect(ines.page.get_by_text("The account is open again.")).to_be_visible()
    world.people["Dana"].refresh_from_db()
    assert world.people["Dana"].is_active
    assert [window.faults for window in (ines, dana, hana)] == [[], [], []]


def log_in_to_the_records(ines: Visitor) -> None:
    """The admin asks for the same log-in as every page."""
    ines.open("/admin/")
    ines.page.get_by_label("Email").fill("ines@example.com")
    ines.page.get_by_label("Password").fill(PASSWORD)
    ines.page.get_by_role("button", name="Log in").click()
    ines.page.wait_for_url("**/admin/")


def read_records(ines: Visitor) -> None:
    """Find a person among the records; nothing can be added, changed or deleted there."""
    ines.page.goto(f"{ines.address}/admin/marketplace/user/?q=dana")
    ines.page.get_by_role("link", name="dana@example.com").first.click()
    expect(ines.page.get_by_text("Dana Example").first).to_be_visible()
    for name in ("Save", "Delete", "Add"):
        expect(ines.page.get_by_role("button", name=name)).to_have_count(0)


def close_account(ines: Visitor) -> None:
    """Find the person by name, and close the account with a reason."""
    ines.open("/people/")
    ines.page.get_by_label("Name or e-mail address").fill("dana")
    ines.page.get_by_role("button", name="Find").click()
    ines.page.get_by_role("link", name="Dana Example").click()
    ines.page.get_by_role("button", name="Close the account").click()
    expect(ines.page.get_by_role("alert")).to_contain_text("Reason")
    ines.page.get_by_label("Reason").fill(REASON)
    ines.page.get_by_role("button", name="Close the account").click()
    expect(ines.page.get_by_text("The account is closed from the next request on.")).to_be_visible()


def test_an_auditor_reads_the_books_verifies_them_and_can_change_nothing(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    cycle = PayCycle.objects.get(id=finance_stories.submitted_cycle(world)["cycle_id"])
    events.deliver_due(now=now())
    before = traces(world)
    hana = visit(world.people["Hana"])

    hana.open("/")
    hana.page.get_by_role("link", name="Cycles").first.click()
    hana.page.get_by_role("row", name="To approve").get_by_role("link").click()
    expect(hana.page.get_by_text(cycle.lines_hash)).to_be_visible()
    sees_no_way_to_write(hana)
    for name, heading, is_tab in (
        ("Payouts", "Payouts", True),
        ("Balances", "Trial balance", False),
        ("Journal", "Journal", True),
    ):
        if not is_tab:
            hana.page.get_by_text("More", exact=True).click()
        hana.page.get_by_role("link", name=name, exact=True).first.click()
        expect(hana.page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        sees_no_way_to_write(hana)
    hana.page.get_by_role("table").get_by_role("link").first.click()
    expect(hana.page.get_by_text("Its own sha256, over these facts and lines")).to_be_visible()
    sees_no_way_to_write(hana)

    hana.open("/finance/verify/")
    hana.page.get_by_role("button", name="Compute now").click()
    expect(hana.page.get_by_text("No differences")).to_be_visible()
    assert traces(world) == before
    assert hana.faults == []


def sees_no_way_to_write(window: Visitor) -> None:
    """No form of the page's own sends anything."""
    expect(window.page.locator("main form[method=post]")).to_have_count(0)


def traces(world: World) -> tuple[int, int, list[str]]:
    """Return what a change would leave."""
    states = list(PayCycle.objects.order_by("id").values_list("state", flat=True))
    return AuditEvent.objects.count(), JournalEntry.objects.count(), states
