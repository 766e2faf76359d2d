"""Money between the platform and connected accounts: top-ups, transfers, reversals.

Source: https://docs.stripe.com/api/topups, /transfers, /transfer_reversals
"""

from typing import Any

from payouts.sandbox import accounts
from payouts.sandbox.balances import plan_payout, post
from payouts.sandbox.errors import missing, refused
from payouts.sandbox.forms import amount_minor, check_known, currency_code, metadata, optional_text, required_text
from payouts.sandbox.store import Document
from payouts.sandbox.world import PLATFORM, World


def create_topup(world: World, params: dict[str, Any]) -> Document:
    """Bring money from the platform's bank into its balance."""
    check_known(
        params,
        ["amount", "currency", "description", "expand", "metadata", "source", "statement_descriptor", "transfer_group"],
    )
    delay = world.settings.topup_seconds
    topup = new_topup(world, params)
    world.store.put("topup", topup, due=world.now() + delay if delay else None)
    world.emit("topup.created", topup)
    if not delay:
        settle_topup(world, topup)
    return topup


def new_topup(world: World, params: dict[str, Any]) -> Document:
    """Return a top-up that nobody has heard of yet."""
    return {
        "id": world.store.new_id("tu"),
        "object": "topup",
        "amount": amount_minor(params),
        "balance_transaction": None,
        "created": world.now(),
        "currency": currency_code(params),
        "description": optional_text(params, "description"),
        "expected_availability_date": world.now() + world.settings.topup_seconds,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": metadata(params),
        "source": None,
        "statement_descriptor": optional_text(params, "statement_descriptor"),
        "status": "pending",
        "transfer_group": optional_text(params, "transfer_group"),
    }


def settle_topup(world: World, topup: Document) -> None:
    """Let a top-up arrive."""
    topup["status"] = "succeeded"
    topup["balance_transaction"] = post(world, PLATFORM, "topup", topup["amount"], topup["currency"], topup["id"])
    world.store.update(topup)
    world.emit("topup.succeeded", topup)


def create_transfer(world: World, params: dict[str, Any]) -> Document:
    """Move money from the platform's balance to a connected account's."""
    check_known(
        params,
        [
            "amount",
            "currency",
            "description",
            "destination",
            "expand",
            "metadata",
            "source_transaction",
            "source_type",
            "transfer_group",
        ],
    )
    amount, currency = amount_minor(params), currency_code(params)
    destination = required_text(params, "destination")
    _check_destination(world, destination)
    if world.store.balance(PLATFORM, currency)[0] < amount:
        raise refused(
            "You have insufficient available funds in your Stripe account. Add funds to your balance and try again.",
            code="balance_insufficient",
        )
    transfer: Document = {
        "id": world.store.new_id("tr"),
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": world.now(),
        "currency": currency,
        "description": optional_text(params, "description"),
        "destination": destination,
        "destination_payment": world.store.new_id("py"),
        "livemode": False,
        "metadata": metadata(params),
        "reversals": {"object": "list", "data": [], "has_more": False, "url": ""},
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": optional_text(params, "transfer_group"),
    }
    transfer["reversals"]["url"] = f"/v1/transfers/{transfer['id']}/reversals"
    transfer["balance_transaction"] = post(world, PLATFORM, "transfer", -amount, currency, transfer["id"])
    world.store.put("transfer", transfer, ref=transfer["transfer_group"])
    _receive(world, transfer)
    world.emit("transfer.created", transfer)
    return transfer


def _check_destination(world: World, destination: str) -> None:
    row = world.store.find(destination, "account")
    if row is None:
        raise missing("destination", destination, param="destination", status=400)
    status = accounts.transfers_status(row.body)
    if status == "unsupported":
        raise refused(
            f"Funds can't be sent to accounts located in {row.body['country']} because it's restricted outside of your"
            " platform's region.",
            code="transfers_not_allowed",
            param="destination",
        )
    if status != "active":
        raise refused(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers,"
            " crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            param="destination",
        )


def _receive(world: World, transfer: Document) -> None:
    """Write the connected account's side of a transfer: a payment that becomes available after a delay."""
    account, delay = transfer["destination"], world.settings.availability_seconds
    payment: Document = {
        "id": transfer["destination_payment"],
        "object": "charge",
        "amount": transfer["amount"],
        "amount_captured": transfer["amount"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": world.now(),
        "currency": transfer["currency"],
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "refunded": False,
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }
    payment["balance_transaction"] = post(
        world, account, "payment", transfer["amount"], transfer["currency"], payment["id"], delay=delay
    )
    world.store.put("charge", payment, account=account)
    world.emit("payment.created", payment, account)
    if not delay:
        plan_payout(world, account)


def create_reversal(world: World, transfer_id: str, params: dict[str, Any]) -> Document:
    """Take money of a transfer back, as far as the connected account still holds it."""
    check_known(params, ["amount", "description", "expand", "metadata", "refund_application_fee"])
    row = world.store.find(transfer_id, "transfer")
    if row is None:
        raise missing("transfer", transfer_id)
    transfer = row.body
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = amount_minor(params) if "amount" in params else left
    if amount > left or left == 0:
        raise refused(
            f"The amount to reverse ({amount}) is greater than the unreversed amount on the transfer ({left}).",
            param="amount",
        )
    account, currency = transfer["destination"], transfer["currency"]
    available, pending = world.store.balance(account, currency)
    if available + pending < amount:
        raise refused(
            "The connected account has too little balance to reverse the transfer.", code="balance_insufficient"
        )
    reversal: Document = {
        "id": world.store.new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": world.now(),
        "currency": currency,
        "destination_payment_refund": world.store.new_id("pyr"),
        "metadata": metadata(params),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    reversal["balance_transaction"] = post(world, PLATFORM, "transfer_refund", amount, currency, reversal["id"])
    post(world, account, "payment_refund", -amount, currency, reversal["destination_payment_refund"])
    world.store.put("transfer_reversal", reversal, ref=transfer["id"])
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, reversal)
    world.store.update(transfer)
    world.emit("transfer.reversed", transfer)
    return reversal
