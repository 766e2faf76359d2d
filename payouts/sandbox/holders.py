"""Account documents and their bank accounts, as they are stored."""

from payouts.sandbox.errors import missing
from payouts.sandbox.settings import SELF_SERVE_COUNTRIES
from payouts.sandbox.store import Document, Row
from payouts.sandbox.world import World


def load(world: World, identifier: str) -> Document:
    """Return an account's document.

    Raises:
        Refusal: there is none.
    """
    row = world.store.find(identifier, "account")
    if row is None:
        raise missing("account", identifier, param="account")
    return row.body


def bank_accounts(world: World, account_id: str) -> list[Row]:
    """Return the account's bank accounts, the default one first."""
    rows = list(world.store.listed("bank_account", account_id))
    return sorted(rows, key=lambda row: not row.body["default_for_currency"])


def default_bank(world: World, account_id: str) -> Document | None:
    """Return the bank account payouts go to, if there is one."""
    rows = bank_accounts(world, account_id)
    return rows[0].body if rows else None


def transfers_status(account: Document) -> str:
    """Return the transfers capability as v2 names it."""
    if account["country"] not in SELF_SERVE_COUNTRIES:
        return "unsupported"
    if account["restricted"] or not account["requested"] or not account["submitted"]:
        return "restricted"
    return "active" if account["verified"] else "pending"


def bank_status(account: Document) -> str:
    """Return the capability to receive outbound payments at a bank, as v2 names it."""
    if account["restricted"] or not account.get("banks_requested") or not account["submitted"]:
        return "restricted"
    return "active" if account["verified"] else "pending"


def can_pay_out(world: World, account: Document) -> bool:
    """Return whether the account's balance may go to its bank."""
    bank = default_bank(world, account["id"])
    return transfers_status(account) == "active" and bank is not None and bank["status"] != "errored"
