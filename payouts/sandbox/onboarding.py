"""Account links and the hosted form behind them, where a person enters a name and a bank account.

Source: https://docs.stripe.com/api/v2/core/account-links and https://docs.stripe.com/connect/hosted-onboarding
"""

import html
import re
from typing import Any
from urllib.parse import urlsplit

from payouts.sandbox import accounts
from payouts.sandbox.balances import plan_payout
from payouts.sandbox.errors import invalid
from payouts.sandbox.forms import check_known, required_text
from payouts.sandbox.store import Document
from payouts.sandbox.world import World, iso

_LINK_SECONDS = 300
_FLOWS = ("account_onboarding", "account_update")


def create_link(world: World, params: dict[str, Any]) -> Document:
    """Create a single-use address of the hosted form, good for five minutes."""
    check_known(params, ["account", "use_case"])
    account = accounts.load(world, required_text(params, "account"))
    use_case = params.get("use_case") or {}
    flow = use_case.get("type")
    options = use_case.get(flow) if flow in _FLOWS else None
    if not isinstance(options, dict):
        raise invalid("use_case.type must be account_onboarding or account_update.", code="invalid_fields")
    for name in ("refresh_url", "return_url"):
        if urlsplit(str(options.get(name) or "")).scheme not in {"http", "https"}:
            raise invalid(f"use_case.{flow}.{name} must be a web address.", code="invalid_fields", param=name)
    token = world.store.new_id("link", 32)
    expires = world.now() + _LINK_SECONDS
    link = {
        "id": token,
        "account": account["id"],
        "expires": expires,
        "used": False,
        "return_url": options["return_url"],
        "refresh_url": options["refresh_url"],
    }
    world.store.put("link", link, account=account["id"])
    return {
        "object": "v2.core.account_link",
        "account": account["id"],
        "created": world.iso_now(),
        "expires_at": iso(expires),
        "livemode": False,
        "url": f"{world.settings.public_url}/setup/{token}",
        "use_case": {"type": flow, flow: {"configurations": ["recipient"], **options}},
    }


class Redirect(Exception):
    """Leave the form for another address."""

    def __init__(self, url: str) -> None:
        """Keep where to go."""
        super().__init__(url)
        self.url = url


def open_link(world: World, token: str) -> tuple[Document, Document]:
    """Return (link, account) of a link that is still good.

    Raises:
        Redirect: used or expired; the person goes back to the platform for a new one.
        Refusal: never issued.
    """
    row = world.store.find(token, "link")
    if row is None:
        raise invalid("This link does not exist.")
    if row.body["used"] or row.body["expires"] < world.now():
        raise Redirect(row.body["refresh_url"])
    return row.body, accounts.load(world, row.body["account"])


def submit(world: World, token: str, fields: dict[str, Any]) -> Redirect | str:
    """Take the form: return where to go next, or the page again with what is wrong."""
    link, account = open_link(world, token)
    holder = str(fields.get("account_holder") or "").strip()
    number = re.sub(r"[\s-]", "", str(fields.get("account_number") or "")).upper()
    problem = _problem(holder, number, accepted=bool(fields.get("accept")))
    if problem:
        return page(account, problem=problem, holder=holder)
    given, _, surname = holder.rpartition(" ")
    account["given_name"], account["surname"] = given or surname, surname
    account["submitted"] = True
    account["restricted"] = None
    accounts.set_bank(
        world, account, holder=holder, number=number, routing=str(fields.get("routing_number") or "") or None
    )
    link["used"] = True
    world.store.update(link)
    delay = world.settings.verification_seconds
    if account["verified"] or delay == 0:
        verify(world, account)
    else:
        accounts.save(world, account, due=world.now() + delay)
    return Redirect(link["return_url"])


def verify(world: World, account: Document) -> None:
    """Finish the check of a person's data; money that had waited may now go out."""
    account["verified"] = True
    accounts.save(world, account)
    plan_payout(world, account["id"])


def _problem(holder: str, number: str, *, accepted: bool) -> str | None:
    if not 2 <= len(holder) <= 200 or any(ord(letter) < 32 for letter in holder):
        return "Enter the name on the bank account."
    if not re.fullmatch(r"[A-Z0-9]{6,34}", number):
        return "Enter the account number or IBAN: 6 to 34 letters and digits."
    if not accepted:
        return "Accept the terms to go on."
    return None


def page(account: Document, *, problem: str | None = None, holder: str = "") -> str:
    """Return the form as a page that needs no script."""
    name = holder or " ".join(part for part in (account["given_name"], account["surname"]) if part)
    alert = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    return _PAGE.format(
        alert=alert,
        holder=html.escape(name, quote=True),
        country=html.escape(account["country"]),
        currency=html.escape(account["currency"].upper()),
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Set up payouts - local Stripe stand-in</title>
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
body {{ max-width: 28rem; margin: 3rem auto; padding: 0 1rem; line-height: 1.5; }}
label {{ display: block; margin-top: 1rem; font-weight: 600; }}
input[type=text] {{ width: 100%; box-sizing: border-box; padding: .6rem; font: inherit; }}
button {{ margin-top: 1.5rem; padding: .7rem 1.4rem; font: inherit; font-weight: 600; }}
[role=alert] {{ border: 2px solid #b3261e; padding: .6rem; }}
</style></head><body><main>
<h1>Set up payouts</h1>
<p>This page plays the part of Stripe on this machine. No data leave it; enter made-up bank details.</p>
{alert}
<form method="post">
<label for="account_holder">Name on the bank account</label>
<input type="text" id="account_holder" name="account_holder" value="{holder}" autocomplete="name" required>
<label for="routing_number">Routing number or sort code (if your bank has one)</label>
<input type="text" id="routing_number" name="routing_number" inputmode="numeric" autocomplete="off">
<label for="account_number">Account number or IBAN ({country}, {currency})</label>
<input type="text" id="account_number" name="account_number" autocomplete="off" required>
<label><input type="checkbox" name="accept" value="yes" required> I accept the terms of the stand-in</label>
<button type="submit">Save and return</button>
</form></main></body></html>
"""
