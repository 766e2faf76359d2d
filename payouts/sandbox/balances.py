"""Balances and the transactions they are the sum of.

Every movement is a balance transaction; a balance is their sum. Amounts are in the currency's smallest unit.
Source: https://docs.stripe.com/api/balance_transactions
"""

from payouts.sandbox import accounts
from payouts.sandbox.store import Document
from payouts.sandbox.world import PLATFORM, World

_CATEGORIES = {
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
    "payment": "charge",
    "payment_refund": "refund",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "topup": "topup",
    "stripe_fee": "fee",
    "adjustment": "other_adjustment",
}


def post(
    world: World,
    account: str,
    kind: str,
    amount: int,
    currency: str,
    source: str | None,
    *,
    delay: int = 0,
    payout: str | None = None,
) -> str:
    """Write a balance transaction and move the balance; a delay in seconds makes it pending first."""
    now = world.now()
    transaction: Document = {
        "id": world.store.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + delay,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": _CATEGORIES[kind],
        "source": source,
        "status": "pending" if delay else "available",
        "type": kind,
    }
    world.store.put("balance_transaction", transaction, account=account, ref=payout, due=now + delay if delay else None)
    world.store.move(account, currency, **({"pending": amount} if delay else {"available": amount}))
    return str(transaction["id"])


def balance(world: World, account: str) -> Document:
    """Return the balance object of an account."""
    rows = world.store.balances(account)

    def amounts(position: int) -> list[Document]:
        found = [
            {"amount": row[position], "currency": row[0], "source_types": {"card": row[position]}}
            for row in rows
            if row[position] or position == 1
        ]
        return found or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]

    return {"object": "balance", "available": amounts(1), "livemode": False, "pending": amounts(2)}


def make_available(world: World, account: str, transaction: Document) -> None:
    """Turn pending money into available money."""
    transaction["status"] = "available"
    world.store.update(transaction)
    world.store.move(account, transaction["currency"], available=transaction["net"], pending=-transaction["net"])
    world.emit("balance.available", balance(world, account), account)
    if account != PLATFORM:
        plan_payout(world, account)


def plan_payout(world: World, account_id: str) -> None:
    """Schedule the account's automatic payout of what has become available."""
    account = accounts.load(world, account_id)
    if account["schedule"] != "manual":
        world.store.update(account, due=world.now() + world.settings.payout_delay_seconds)
