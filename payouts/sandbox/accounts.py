"""Recipient accounts: created through v2, seen through both versions, mended through the hosted form.

Source: https://docs.stripe.com/api/v2/core/accounts and https://docs.stripe.com/api/accounts/object
"""

import hashlib
from typing import Any

from payouts.sandbox.account_views import external_accounts, v1_view, v2_view
from payouts.sandbox.errors import Refusal, invalid
from payouts.sandbox.forms import check_known
from payouts.sandbox.holders import bank_accounts, can_pay_out, default_bank, load, transfers_status
from payouts.sandbox.store import Document
from payouts.sandbox.world import PLATFORM, World

_V2_FIELDS = (
    "account_token",
    "configuration",
    "contact_email",
    "contact_phone",
    "dashboard",
    "defaults",
    "display_name",
    "identity",
    "include",
    "metadata",
)

__all__ = [
    "bank_accounts",
    "can_pay_out",
    "create",
    "default_bank",
    "external_accounts",
    "load",
    "owner",
    "save",
    "set_bank",
    "transfers_status",
    "update",
    "v1_view",
    "v2_view",
]

FAILING_ENDINGS = {
    "1116": "no_account",
    "1113": "account_closed",
    "2227": "insufficient_funds",
    "3335": "debit_not_authorized",
    "4440": "invalid_currency",
    "3001": "no_account",
    "3002": "account_closed",
}
"""Last four characters of a bank number -> how payouts to it fail.

Source: https://docs.stripe.com/connect/testing#account-numbers (US numbers and the last four of the test IBANs)
"""


def create(world: World, params: dict[str, Any]) -> Document:
    """Create a recipient account; its capability stays restricted until the hosted form is filled in."""
    check_known(params, _V2_FIELDS)
    recipient = (params.get("configuration") or {}).get("recipient")
    if recipient is None:
        raise invalid("Only recipient accounts can be created here.", code="account_configuration_not_supported")
    identity = params.get("identity") or {}
    country = str(identity.get("country") or "").upper()
    if len(country) != 2:
        raise invalid("identity.country is required for a recipient.", code="invalid_fields")
    individual = identity.get("individual") or {}
    defaults = params.get("defaults") or {}
    account: Document = {
        "id": world.store.new_id("acct", 16),
        "country": country,
        "currency": str(defaults.get("currency") or "usd").lower(),
        "email": params.get("contact_email"),
        "display_name": params.get("display_name"),
        "given_name": individual.get("given_name"),
        "surname": individual.get("surname"),
        "entity_type": identity.get("entity_type") or "individual",
        "metadata": params.get("metadata") or {},
        "dashboard": params.get("dashboard") or "express",
        "responsibilities": defaults.get("responsibilities") or {},
        "requested": _requested(recipient),
        "banks_requested": _banks_requested(recipient),
        "created": world.now(),
        "submitted": False,
        "verified": False,
        "restricted": None,
        "schedule": "daily",
    }
    world.store.put("account", account)
    world.emit("account.updated", v1_view(world, account), account["id"])
    return v2_view(world, account, params.get("include") or [])


def _requested(recipient: dict[str, Any]) -> bool:
    balance = (recipient.get("capabilities") or {}).get("stripe_balance") or {}
    return bool((balance.get("stripe_transfers") or {}).get("requested"))


def _banks_requested(recipient: dict[str, Any]) -> list[str]:
    """Return the ways over which outbound payments to a bank are asked for, such as ``local``."""
    banks = (recipient.get("capabilities") or {}).get("bank_accounts") or {}
    return sorted(name for name, asked in banks.items() if isinstance(asked, dict) and asked.get("requested"))


def update(world: World, identifier: str, params: dict[str, Any]) -> Document:
    """Change contact data or ask for the transfers capability."""
    check_known(params, _V2_FIELDS)
    account = load(world, identifier)
    for source, target in (("contact_email", "email"), ("display_name", "display_name"), ("dashboard", "dashboard")):
        if source in params:
            account[target] = params[source]
    account["metadata"] = {**account["metadata"], **(params.get("metadata") or {})}
    recipient = (params.get("configuration") or {}).get("recipient")
    if recipient is not None:
        account["requested"] = _requested(recipient) or account["requested"]
        account["banks_requested"] = _banks_requested(recipient) or account.get("banks_requested", [])
    save(world, account)
    return v2_view(world, account, params.get("include") or [])


def save(world: World, account: Document, *, due: int | None = None) -> None:
    """Write an account and tell about it."""
    world.store.update(account, due=due)
    world.emit("account.updated", v1_view(world, account), account["id"])


def set_bank(world: World, account: Document, *, holder: str, number: str, routing: str | None) -> Document:
    """Make this bank account the default; the number itself is not kept."""
    plain = "".join(number.split()).upper()
    earlier = default_bank(world, account["id"])
    digest = hashlib.sha256(f"{world.store.seed}:{account['country']}:{routing}:{plain}".encode()).hexdigest()
    bank: Document = {
        "id": world.store.new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": holder,
        "account_holder_type": "individual",
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": account["country"],
        "currency": account["currency"],
        "default_for_currency": True,
        "fingerprint": digest[:16],
        "last4": plain[-4:],
        "metadata": {},
        "routing_number": routing,
        "status": "new",
        "_created": world.now(),
        "_outcome": FAILING_ENDINGS.get(plain[-4:]),
    }
    if earlier is not None:
        earlier["default_for_currency"] = False
        world.store.update(earlier)
    world.store.put("bank_account", bank, account=account["id"])
    kind = "account.external_account.created" if earlier is None else "account.external_account.updated"
    world.emit(kind, bank, account["id"])
    if account.get("banks_requested"):
        world.tell(
            "payout_method.created", {"id": bank["id"], "object": "v2.money_management.payout_method"}, account["id"]
        )
    return bank


def unknown_account(identifier: str) -> Refusal:
    """Return the answer to a request in the name of an account that is not connected."""
    return Refusal(
        403,
        "invalid_request_error",
        f"The provided key does not have access to account '{identifier}' (or that account does not exist).",
        "account_invalid",
    )


def owner(world: World, identifier: str) -> str:
    """Return the account a request acts for, from its Stripe-Account header.

    Raises:
        Refusal: no such account is connected to this platform.
    """
    if identifier == PLATFORM:
        return PLATFORM
    if world.store.find(identifier, "account") is None:
        raise unknown_account(identifier)
    return identifier
