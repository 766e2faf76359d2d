"""Outbound payments: money from the financial account to somebody's bank, in one object from the order to the end.

    processing → posted → returned    processing → failed, canceled

The amount leaves the available balance at once. In failed and canceled it is available again; a return is a movement of
its own. Source: https://docs.stripe.com/global-payouts/manage-payouts
"""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from common.currencies import get_currency
from payouts.sandbox.accounts import bank_accounts
from payouts.sandbox.errors import Refusal, missing
from payouts.sandbox.financial import amount_of, as_amount, available, check_account, post_entry, section
from payouts.sandbox.forms import check_known, metadata, optional_text, required_text
from payouts.sandbox.holders import bank_status
from payouts.sandbox.store import Document
from payouts.sandbox.world import World, iso, public

_FIELDS = (
    "amount",
    "description",
    "from",
    "metadata",
    "recipient_notification",
    "recipient_verification",
    "statement_descriptor",
    "to",
)
#: How a payment to a bank account ends whose number announces a failure (see ``accounts.FAILING_ENDINGS``).
_ENDS = {
    "no_account": ("returned", "payout_method_does_not_exist"),
    "account_closed": ("returned", "payout_method_closed"),
    "invalid_currency": ("failed", "payout_method_unsupported"),
}
_OTHER_END = ("failed", "payout_method_declined")
#: What a dollar was worth on some day; every other currency is worth one.
_PER_DOLLAR = {"ars": "1400", "bob": "6.91", "clp": "940", "jpy": "150", "krw": "1400", "mxn": "18", "ngn": "1500"}


def create(world: World, account: str, params: dict[str, Any]) -> Document:
    """Send money to a recipient's bank account."""
    check_known(params, _FIELDS)
    minor, currency = amount_of(params.get("amount"))
    source, target = section(params, "from"), section(params, "to")
    check_account(world, source.get("financial_account"))
    if required_text(source, "currency") != currency:
        raise _refused("invalid_request_error", "currency_mismatch", "The amount must be in the currency debited here.")
    recipient = required_text(target, "recipient")
    bank = _find_bank(world, recipient, target.get("payout_method"))
    if available(world, currency) < minor:
        words = "The financial account has insufficient funds for this payment."
        raise _refused("insufficient_funds", "insufficient_funds", words)
    credited = optional_text(target, "currency") or currency
    payment: Document = {
        "id": world.store.new_id("obp"),
        "object": "v2.money_management.outbound_payment",
        "amount": as_amount(minor, currency),
        "cancelable": True,
        "created": world.iso_now(),
        "description": optional_text(params, "description"),
        "expected_arrival_date": iso(world.now() + world.settings.arrival_seconds),
        "from": {"debited": as_amount(minor, currency), "financial_account": world.settings.financial_account},
        "livemode": False,
        "metadata": metadata(params),
        "payout_intent": None,
        "recipient_notification": {"setting": "configured"},
        "recipient_verification": None,
        "statement_descriptor": optional_text(params, "statement_descriptor") or "STRIPE",
        "status": "processing",
        "status_details": None,
        "status_transitions": {},
        "to": {
            "credited": as_amount(_converted(minor, currency, credited), credited),
            "payout_method": bank["id"],
            "payout_method_options": None,
            "recipient": recipient,
        },
        "tracking_details": {"status": "pending", "type": "bank_account"},
        "_outcome": bank["_outcome"],
    }
    delay = world.settings.availability_seconds
    world.store.put("outbound_payment", payment, ref=recipient, due=world.now() + delay)
    _post(world, payment, available=-minor, outbound_pending=minor)
    world.tell("outbound_payment.created", payment)
    return public(payment)


def _find_bank(world: World, recipient: str, wanted: object) -> Document:
    """Return the bank account to pay to: the one that is named, else the default one.

    Raises:
        Refusal: no such recipient or bank account, or it cannot be paid to.
    """
    row = world.store.find(recipient, "account")
    if row is None:
        raise missing("account", recipient, param="to.recipient", status=400)
    if bank_status(row.body) != "active":
        words = "The recipient needs to have one of the bank_accounts capabilities enabled."
        raise _refused("capability_not_enabled", "recipient_capability_not_enabled", words)
    banks = [bank.body for bank in bank_accounts(world, recipient)]
    found = next((bank for bank in banks if wanted in (None, bank["id"])), None)
    # An account that somebody replaced is archived: nothing more is sent to it.
    if found is None or found["status"] == "errored" or not found["default_for_currency"]:
        words = "The payout method can't be used for this payment."
        raise _refused("invalid_payout_method", "invalid_payout_method", words)
    return found


def _refused(kind: str, code: str, words: str) -> Refusal:
    return Refusal(400, kind, words, code, executed=True)


def _converted(minor: int, source: str, target: str) -> int:
    """Return what arrives, in minor units of the target; rounded down, as the bank keeps the rest."""
    rate = Decimal(_PER_DOLLAR.get(target, "1")) / Decimal(_PER_DOLLAR.get(source, "1"))
    shift = get_currency(target.upper()).exponent - get_currency(source.upper()).exponent
    return int((minor * rate).scaleb(shift).to_integral_value(ROUND_DOWN))


def _post(world: World, payment: Document, category: str = "outbound_payment", **parts: int) -> None:
    post_entry(world, ("outbound_payment", payment["id"]), category, payment["amount"]["currency"], **parts)


def advance(world: World, payment: Document) -> None:
    """Take a payment its next step: out of the account, or refused; sent back by a bank that does not know the account."""
    end, reason = _ENDS.get(payment["_outcome"], _OTHER_END) if payment["_outcome"] else ("", "")
    if payment["status"] == "processing" and end == "failed":
        fail(world, payment, reason)
    elif payment["status"] == "processing":
        minor = payment["amount"]["value"]
        due = world.now() + world.settings.arrival_seconds if end == "returned" else None
        _move(world, payment, "posted", due=due)
        _post(world, payment, outbound_pending=-minor)
        world.tell("outbound_payment.posted", payment)
    elif payment["status"] == "posted" and end == "returned":
        return_payment(world, payment, reason)


def fail(world: World, payment: Document, reason: str) -> None:
    """Refuse a payment before it left: its money is available again."""
    minor = payment["amount"]["value"]
    _move(world, payment, "failed", reason)
    _post(world, payment, available=minor, outbound_pending=-minor)
    _spoil(world, payment)
    world.tell("outbound_payment.failed", payment)


def return_payment(world: World, payment: Document, reason: str) -> None:
    """Let the bank send a payment back that had left."""
    _move(world, payment, "returned", reason)
    _post(world, payment, "outbound_payment_reversal", available=payment["amount"]["value"])
    _spoil(world, payment)
    world.tell("outbound_payment.returned", payment)


def cancel(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
    """Call a payment back that has not left."""
    check_known(params, [])
    row = world.store.find(identifier, "outbound_payment")
    if row is None:
        raise missing("v2.money_management.outbound_payment", identifier)
    payment = row.body
    if payment["status"] == "canceled":
        raise _refused("already_canceled", "already_canceled", "The payment was canceled before.")
    if payment["status"] != "processing":
        raise _refused("not_cancelable", "not_cancelable", "The payment can no longer be canceled.")
    minor = payment["amount"]["value"]
    _move(world, payment, "canceled")
    _post(world, payment, available=minor, outbound_pending=-minor)
    world.tell("outbound_payment.canceled", payment)
    return public(payment)


def _move(world: World, payment: Document, status: str, reason: str = "", due: int | None = None) -> None:
    payment["status"], payment["cancelable"] = status, False
    payment["status_transitions"][f"{status}_at"] = world.iso_now()
    payment["status_details"] = {status: {"reason": reason}} if reason else None
    if status != "posted":
        payment["expected_arrival_date"] = None
    world.store.update(payment, due=due)


def _spoil(world: World, payment: Document) -> None:
    """Let a bank account that refused money take no more."""
    bank = world.store.find(payment["to"]["payout_method"], "bank_account")
    if bank is not None:
        world.store.update({**bank.body, "status": "errored"})
        world.tell("payout_method.updated", method_view(bank.body), bank.account)


# Payout methods


def method_view(bank: Document) -> Document:
    """Return a bank account as a payout method."""
    usable = "eligible" if bank["status"] != "errored" else "invalid"
    return {
        "id": bank["id"],
        "object": "v2.money_management.payout_method",
        "archived": not bank["default_for_currency"],
        "bank_account": {
            "bank_account_type": "checking",
            "bank_name": bank["bank_name"],
            "country": bank["country"].lower(),
            "last4": bank["last4"],
            "routing_number": bank["routing_number"],
            "supported_currencies": [bank["currency"]],
        },
        "created": iso(bank.get("_created", 0)),
        "livemode": False,
        "restricted": False,
        "type": "bank_account",
        "usage_status": {"payments": usable, "transfers": "ineligible"},
    }


def list_methods(world: World, account: str) -> list[Document]:
    """Return the payout methods of an account, the newest first."""
    return [method_view(row.body) for row in bank_accounts(world, account)]
