"""Payouts: money from a balance to a bank, by itself or at the caller's wish.

Source: https://docs.stripe.com/api/payouts
"""

from typing import Any

from payouts.sandbox import accounts
from payouts.sandbox.balances import post
from payouts.sandbox.errors import refused
from payouts.sandbox.forms import amount_minor, check_known, currency_code, metadata, optional_text
from payouts.sandbox.store import Document
from payouts.sandbox.world import PLATFORM, World

_WHOLE_UNITS = frozenset({"huf", "twd", "ugx", "isk"})
"""Currencies whose payouts must be multiples of 100.  Source: https://docs.stripe.com/currencies#special-cases"""


def create_payout(world: World, account: str, params: dict[str, Any]) -> Document:
    """Send available balance to the bank at the caller's wish."""
    check_known(
        params,
        [
            "amount",
            "currency",
            "description",
            "destination",
            "expand",
            "metadata",
            "method",
            "payout_method",
            "source_type",
            "statement_descriptor",
        ],
    )
    amount, currency = amount_minor(params), currency_code(params)
    if currency in _WHOLE_UNITS and amount % 100:
        raise refused(
            f"Payouts in {currency} must be a multiple of 100.", param="amount", code="parameter_invalid_integer"
        )
    if account != PLATFORM and not accounts.can_pay_out(world, accounts.load(world, account)):
        raise refused("Payouts are not allowed for this account.", code="payouts_not_allowed")
    if world.store.balance(account, currency)[0] < amount:
        raise refused(
            "You have insufficient funds in your Stripe account for this payout.", code="balance_insufficient"
        )
    return _send(world, account, amount, currency, automatic=False, params=params)


def run_automatic_payout(world: World, account: Document) -> None:
    """Pay out what no payout has taken yet, currency by currency."""
    world.store.update(account)
    if not accounts.can_pay_out(world, account):
        return
    for currency, available, _pending in world.store.balances(account["id"]):
        open_rows = [
            row
            for row in world.store.listed("balance_transaction", account["id"])
            if row.ref is None and row.body["status"] == "available" and row.body["currency"] == currency
        ]
        amount = min(available, sum(row.body["net"] for row in open_rows))
        amount -= amount % 100 if currency in _WHOLE_UNITS else 0
        if amount > 0:
            payout = _send(world, account["id"], amount, currency, automatic=True, params={})
            world.store.set_ref([row.id for row in open_rows], payout["id"])


def _send(
    world: World, account: str, amount: int, currency: str, *, automatic: bool, params: dict[str, Any]
) -> Document:
    bank = accounts.default_bank(world, account) if account != PLATFORM else None
    arrival = world.now() + world.settings.arrival_seconds
    payout: Document = {
        "id": world.store.new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": automatic,
        "balance_transaction": None,
        "created": world.now(),
        "currency": currency,
        "description": optional_text(params, "description") or ("STRIPE PAYOUT" if automatic else None),
        "destination": bank["id"] if bank else None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": metadata(params),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
        "_outcome": bank["_outcome"] if bank else None,
    }
    payout["balance_transaction"] = post(world, account, "payout", -amount, currency, payout["id"], payout=payout["id"])
    world.store.put("payout", payout, account=account, due=world.now())
    world.emit("payout.created", payout, account)
    return payout


def advance_payout(world: World, account: str, payout: Document) -> None:
    """Take a payout its next step: out to the bank, then arrived or refused there."""
    if payout["status"] == "pending":
        payout["status"] = "in_transit"
        world.store.update(payout, due=max(world.now(), payout["arrival_date"]))
        world.emit("payout.updated", payout, account, {"status": "pending"})
        return
    if payout["_outcome"]:
        fail_payout(world, account, payout, payout["_outcome"])
        return
    payout["status"] = "paid"
    world.store.update(payout)
    bank = accounts.default_bank(world, account) if account != PLATFORM else None
    if bank is not None and bank["id"] == payout["destination"] and bank["status"] == "new":
        world.store.update({**bank, "status": "verified"})
    world.emit("payout.paid", payout, account)


def fail_payout(world: World, account: str, payout: Document, code: str) -> None:
    """Let the bank send the money back, also after it had seemed to arrive."""
    payout["status"] = "failed"
    payout["failure_code"] = code
    payout["failure_message"] = f"The bank returned this payout ({code})."
    payout["failure_balance_transaction"] = post(
        world, account, "payout_failure", payout["amount"], payout["currency"], payout["id"]
    )
    world.store.update(payout)
    bank = world.store.find(payout["destination"] or "", "bank_account")
    if bank is not None:
        world.store.update({**bank.body, "status": "errored"})
    world.emit("payout.failed", payout, account)
    if account != PLATFORM:
        row = accounts.load(world, account)
        world.emit("account.updated", accounts.v1_view(world, row), account)
