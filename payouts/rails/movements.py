"""What a balance transaction of Stripe belongs to: told by the objects that we made, which carry our names.

Source: https://docs.stripe.com/api/balance_transactions and https://docs.stripe.com/reports/reporting-categories
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from payouts.rails.base import TransactionFacts

#: Movements that are wholly what the provider takes for itself.
_FEE_CATEGORIES: Final = frozenset({"fee", "network_cost", "tax", "stripe_fee", "stripe_fee_tax"})
_GROUP = "payout_"
_TOP_UP = "tu_"


def group_of(payout_id: UUID) -> str:
    """Return the transfer group of a payout."""
    return f"{_GROUP}{payout_id}"


def payout_of(group: str) -> UUID | None:
    """Return the payout that a transfer group belongs to, if it is a group of ours."""
    named = _ours("payout", group, _GROUP)
    return UUID(named.partition(":")[2]) if named else None


def transaction_facts(row: dict[str, Any], group_of_reversed: Callable[[str], str]) -> TransactionFacts:
    """Return a balance transaction, listed with its source expanded.

    ``group_of_reversed`` returns the group of a transfer by its id: a reversal names only the transfer.
    """
    source = row["source"]
    subject: dict[str, Any] = source if isinstance(source, dict) else {"id": source or row["id"]}
    return TransactionFacts(
        provider_id=str(row["id"]),
        kind=str(row["type"]),
        amount_minor=int(row["amount"]),
        fee_minor=int(row["fee"]),
        currency=str(row["currency"]).upper(),
        source_id=str(subject["id"]),
        reference=_reference_of(subject, group_of_reversed) or f"provider:{subject['id']}",
        is_fee=row["reporting_category"] in _FEE_CATEGORIES,
        created_at=datetime.fromtimestamp(int(row["created"]), UTC),
    )


def _reference_of(subject: dict[str, Any], group_of_reversed: Callable[[str], str]) -> str:
    kind = subject.get("object")
    if kind == "transfer":
        return _ours("payout", subject.get("transfer_group"), _GROUP)
    if kind == "transfer_reversal":
        return _ours("payout", group_of_reversed(str(subject["transfer"])), _GROUP)
    if kind == "topup":
        return _ours("top_up", (subject.get("metadata") or {}).get("key"), _TOP_UP)
    return ""


def entry_facts(row: dict[str, Any], name_of: Callable[[str, str], str]) -> TransactionFacts:
    """Return an entry of a financial account that moves its available balance.

    ``name_of`` returns, by the kind of the flow and the object behind it, what our request called itself.
    Source: https://docs.stripe.com/api/v2/money-management/transaction-entries
    """
    details, moved = row["transaction_details"], row["balance_impact"]["available"]
    flow = details.get("flow") or {"type": ""}
    kind = str(flow["type"])
    source_id = str(flow.get(kind) or row["transaction"])
    name = name_of(kind, source_id)
    ours = _ours("payout", name, _GROUP) or _ours("top_up", name, _TOP_UP)
    return TransactionFacts(
        provider_id=str(row["id"]),
        kind=str(details["category"]),
        amount_minor=int(moved["value"]),
        fee_minor=0,
        currency=str(moved["currency"]).upper(),
        source_id=source_id,
        reference=ours or f"provider:{source_id}",
        is_fee=details["category"] in _FEE_CATEGORIES,
        created_at=datetime.fromisoformat(str(row["created"])),
    )


def _ours(what: str, name: object, prefix: str) -> str:
    """Return our reference in a name that we gave; nothing for names that somebody else gave."""
    text = str(name or "")
    try:
        return f"{what}:{UUID(text.removeprefix(prefix))}" if text.startswith(prefix) else ""
    except ValueError:
        return ""
