"""What the portal's scripts do for people: theme, menus, timers, failures, confirmations, direction of writing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from common import navigation
from common.navigation import NavItem
from tests.browser.browsing import PHONE, WIDE, Visitor, check_every_look, find_axe_violations
from tests.browser.world import make_world


@pytest.fixture
def guide(visit: Callable[..., Visitor]) -> Visitor:
    """Open the style guide as Goran, an operator."""
    window = visit(make_world().people["Goran"])
    window.open("/styleguide/")
    return window


def test_a_chosen_theme_holds_on_the_next_page(guide: Visitor) -> None:
    guide.use_theme("light")

    guide.page.get_by_role("button", name="Dark").click()
    guide.open("/account/")

    expect(guide.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(guide.page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_timer_goes_on_from_the_servers_count(guide: Visitor) -> None:
    timer = guide.page.get_by_role("timer")

    expect(timer).not_to_have_text("2:14:08", timeout=4000)
    expect(timer).to_contain_text("2:14:")


def test_charts_are_drawn_and_carry_their_figures_as_tables(guide: Visitor) -> None:
    drawn = guide.page.evaluate(
        "[...document.querySelectorAll('canvas[data-chart]')].map(canvas => Boolean(Chart.getChart(canvas)))"
    )

    assert drawn == [True, True]
    guide.page.get_by_text("Show as a table").first.click()
    expect(guide.page.get_by_role("cell", name="1,008.00")).to_be_visible()


def test_a_confirmation_asks_first_and_cancel_sends_nothing(guide: Visitor) -> None:
    guide.page.get_by_role("button", name="Close the month").click()
    expect(guide.page.get_by_role("dialog", name="Close October?")).to_be_visible()

    guide.page.get_by_role("button", name="Cancel").click()
    assert "?" not in guide.page.url

    guide.page.get_by_role("button", name="Close the month").click()
    guide.page.get_by_role("button", name="Close October").click()
    guide.page.wait_for_url("**/styleguide/?*")


def test_the_skip_link_is_first_and_leads_to_the_content(guide: Visitor) -> None:
    guide.open("/account/")

    guide.page.keyboard.press("Tab")
    expect(guide.page.get_by_role("link", name="Skip to content")).to_be_focused()

    guide.page.keyboard.press("Enter")

    expect(guide.page.locator("#main")).to_be_focused()


def test_a_failure_of_htmx_says_what_happened_and_that_nothing_changed(guide: Visitor) -> None:
    guide.page.evaluate("htmx.ajax('POST', '/account/tokens/abcdefgh/revoke/', '#alerts')")

    alert = guide.page.locator("#alerts [role=alert]")
    expect(alert).to_contain_text("You have no such token. Nothing was changed. Request number")


def test_a_lost_connection_is_told_and_keeps_the_page(guide: Visitor) -> None:
    guide.context.set_offline(True)

    guide.page.evaluate("htmx.ajax('GET', '/account/', '#alerts').catch(() => null)")

    expect(guide.page.locator("#alerts [role=alert]")).to_contain_text("No connection. Nothing was sent")


@pytest.mark.parametrize("size", [None, PHONE], ids=["1280", "390"])
def test_right_to_left_pages_pass_axe_and_do_not_scroll_sideways(
    visit: Callable[..., Visitor], size: Any, settings: Any
) -> None:
    goran = make_world().people["Goran"]
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    goran.locale = "ar"
    goran.save(update_fields=["locale"])
    window = visit(goran, size)

    window.open("/styleguide/")

    expect(window.page.locator("html")).to_have_attribute("dir", "rtl")
    assert check_every_look(window) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280", "390"])
def test_entries_beyond_the_tabs_stand_in_a_menu_that_escape_closes(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, size: Any
) -> None:
    labels = ("Home", "Find work", "Time", "Earnings", "Quality", "Standing")
    names = ("portal:account", "portal:welcome", "styleguide", "account_email", "mfa_index", "account_change_password")
    items = [NavItem(label, name, "", at, "expert") for at, (label, name) in enumerate(zip(labels, names, strict=True))]
    monkeypatch.setattr(navigation, "_items", {item.url_name: item for item in items})
    window = visit(make_world().people["Ada"], size)
    window.open("/account/")

    window.page.get_by_text("More", exact=True).click()
    entry = window.page.get_by_role("link", name="Standing")
    expect(entry).to_be_in_viewport()
    assert find_axe_violations(window.page) == []

    window.page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(window.page.get_by_role("link", name="Home", exact=True)).to_have_attribute("aria-current", "page")
