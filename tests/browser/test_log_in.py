"""Signing up and logging in, as people do it."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from playwright.sync_api import expect

from marketplace.identity.models import User
from tests.browser.browsing import Visitor, check_every_look
from tests.browser.world import make_world

PASSWORD = "a long enough password"


def test_a_new_person_signs_up_and_is_asked_what_brings_them(visit: Callable[..., Visitor]) -> None:
    window = visit()
    window.open("/")

    window.page.get_by_role("link", name="Sign up").click()
    window.page.get_by_label("Your name").fill("Nuria Vidal")
    window.page.get_by_label("Email").fill("nuria@example.com")
    window.page.get_by_label("Password", exact=True).fill("seven lamps at dusk")
    window.page.get_by_label("Password (again)").fill("seven lamps at dusk")
    window.page.get_by_role("button", name="Sign up").click()

    window.page.wait_for_url("**/welcome/")
    assert User.objects.filter(email="nuria@example.com").exists()


def test_a_wrong_password_is_answered_in_a_summary_that_takes_the_focus(visit: Callable[..., Visitor]) -> None:
    make_world()
    window = visit()
    window.open("/accounts/login/")

    window.page.get_by_label("Email").fill("ada@example.com")
    window.page.get_by_label("Password").fill("not her password")
    window.page.get_by_role("button", name="Log in").click()
    expect(window.page.locator("[data-error-summary]")).to_be_focused()
    window.wait_until_drawn()

    assert window.path == "/accounts/login/"
    assert check_every_look(window) == []


def test_the_second_factor_is_asked_for_and_lets_in(visit: Callable[..., Visitor]) -> None:
    ada = make_world().people["Ada"]
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    window = visit()
    window.open("/accounts/login/")

    window.page.get_by_label("Email").fill("ada@example.com")
    window.page.get_by_label("Password").fill(PASSWORD)
    window.page.get_by_role("button", name="Log in").click()
    window.page.wait_for_url("**/accounts/2fa/authenticate/**")
    window.wait_until_drawn()
    assert check_every_look(window) == []
    window.page.get_by_label("Code").fill(format_hotp_value(hotp_value(secret, next(iter(counters())))))
    window.page.get_by_role("button", name="Log in").click()
    window.page.wait_for_url(lambda url: "accounts" not in url)

    window.open("/account/")
    expect(window.page.get_by_role("heading", name="Account and settings")).to_be_visible()
