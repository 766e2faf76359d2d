"""The platform's financial account: its balances, and the entries they are the sum of.

An entry never changes: a payment that fails is another entry. Balances are kept in three parts, as Stripe shows them.
Source: https://docs.stripe.com/api/v2/money-management/financial-accounts and ``transaction-entries`` beside it
"""

from typing import Any

from payouts.sandbox.errors import Refusal, invalid, missing
from payouts.sandbox.forms import check_known, optional_text, required_text
from payouts.sandbox.store import Document
from payouts.sandbox.world import World, iso

_PARTS = ("available", "inbound_pending", "outbound_pending")
_MAX_AMOUNT_MINOR = 99_999_999_99


def amount_of(value: Any, name: str = "amount") -> tuple[int, str]:
    """Return minor units and lower-case currency of a v2 amount.

    Raises:
        Refusal: it is none, or not positive.
    """
    minor = value.get("value") if isinstance(value, dict) else None
    currency = str(value.get("currency") or "") if isinstance(value, dict) else ""
    if not isinstance(minor, int) or isinstance(minor, bool) or not 0 < minor <= _MAX_AMOUNT_MINOR:
        raise invalid("The amount must be a positive integer.", param=f"{name}.value", code="invalid_fields")
    if len(currency) != 3 or not currency.islower():
        raise invalid(f"Invalid currency: {currency}", param=f"{name}.currency", code="invalid_fields")
    return minor, currency


def as_amount(minor: int, currency: str) -> Document:
    """Return an amount as v2 objects write it."""
    return {"value": minor, "currency": currency}


def section(params: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a nested object of a request.

    Raises:
        Refusal: it is missing, or something else.
    """
    value = params.get(name)
    if not isinstance(value, dict):
        raise invalid(f"Missing required param: {name}.", param=name, code="invalid_fields")
    return value


def check_account(world: World, identifier: object) -> None:
    """Return only for the platform's own financial account.

    Raises:
        Refusal: there is no such one.
    """
    if identifier != world.settings.financial_account:
        raise missing("v2.money_management.financial_account", str(identifier), param="financial_account")


def available(world: World, currency: str) -> int:
    """Return what of a currency can be sent now, in minor units."""
    return world.store.balance(_holder(world, "available"), currency)[0]


def _holder(world: World, part: str) -> str:
    return f"{world.settings.financial_account}:{part}"


def post_entry(world: World, flow: tuple[str, str | None], category: str, currency: str, **parts: int) -> None:
    """Write an entry and move the parts of the balance; ``flow`` is (its kind, the object that made it)."""
    kind, source = flow
    entry: Document = {
        "id": world.store.new_id("trxne"),
        "object": "v2.money_management.transaction_entry",
        "balance_impact": {part: as_amount(parts.get(part, 0), currency) for part in _PARTS},
        "created": iso(world.now()),
        "effective_at": iso(world.now()),
        "livemode": False,
        "transaction": world.store.new_id("trxn"),
        "transaction_details": {
            "category": category,
            "financial_account": world.settings.financial_account,
            "flow": {"type": kind, kind: source} if source else {"type": kind},
        },
    }
    world.store.put("transaction_entry", entry, ref=source)
    for part, minor in parts.items():
        world.store.move(_holder(world, part), currency, available=minor)


def view(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
    """Return the financial account with its balances."""
    check_known(params, ["include"])
    check_account(world, identifier)
    held = {part: dict(_amounts(world, part)) for part in _PARTS}
    currencies = sorted({"usd", *(code for amounts in held.values() for code in amounts)})
    return {
        "id": identifier,
        "object": "v2.money_management.financial_account",
        "balance": {
            part: {code: as_amount(amounts.get(code, 0), code) for code in currencies} for part, amounts in held.items()
        },
        "country": world.settings.platform_country.lower(),
        "created": iso(0),
        "livemode": False,
        "metadata": {},
        "status": "open",
        "storage": {"holds_currencies": currencies},
        "type": "storage",
    }


def _amounts(world: World, part: str) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in world.store.balances(_holder(world, part))]


# Money in


def create_inbound_transfer(world: World, account: str, params: dict[str, Any]) -> Document:
    """Bring money from the platform's own bank."""
    check_known(params, ["amount", "description", "from", "to"])
    minor, currency = amount_of(params.get("amount"))
    source, target = section(params, "from"), section(params, "to")
    check_account(world, target.get("financial_account"))
    method = required_text(source, "payment_method")
    if method != world.settings.funding_method:
        raise Refusal(400, "invalid_payment_method", f"No such payment method: '{method}'", "payment_method_not_found")
    transfer: Document = {
        "id": world.store.new_id("ibt"),
        "object": "v2.money_management.inbound_transfer",
        "amount": as_amount(minor, currency),
        "created": world.iso_now(),
        "description": optional_text(params, "description") or "",
        "from": {
            "debited": as_amount(minor, currency),
            "payment_method": {"type": "us_bank_account", "us_bank_account": method},
        },
        "livemode": False,
        "to": {"credited": as_amount(minor, currency), "financial_account": world.settings.financial_account},
        "transfer_history": [_history(world, "bank_debit_processing")],
    }
    delay = world.settings.topup_seconds
    world.store.put("inbound_transfer", transfer, due=world.now() + delay if delay else None)
    post_entry(world, ("inbound_transfer", transfer["id"]), "inbound_transfer", currency, inbound_pending=minor)
    world.tell("inbound_transfer.bank_debit_processing", transfer)
    if not delay:
        settle_inbound_transfer(world, transfer)
    return transfer


def _history(world: World, kind: str) -> Document:
    return {
        "id": world.store.new_id("ibthist"),
        "created": world.iso_now(),
        "effective_at": world.iso_now(),
        "type": kind,
        kind: {},
    }


def settle_inbound_transfer(world: World, transfer: Document) -> None:
    """Let an inbound transfer arrive."""
    minor, currency = transfer["amount"]["value"], transfer["amount"]["currency"]
    transfer["transfer_history"].append(_history(world, "bank_debit_succeeded"))
    world.store.update(transfer)
    flow = ("inbound_transfer", transfer["id"])
    post_entry(world, flow, "inbound_transfer", currency, available=minor, inbound_pending=-minor)
    world.tell("inbound_transfer.bank_debit_succeeded", transfer)
    world.tell("inbound_transfer.available", transfer)
