"""What a movement of the balance belongs to: our own names in what we made, and nothing that somebody else wrote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from payouts.rails.movements import group_of, transaction_facts

PAYOUT = UUID("018f0000-0000-7000-8000-000000000001")


def movement(source: Any, **changes: Any) -> dict[str, Any]:
    facts = {
        "id": "txn_1",
        "type": "transfer",
        "amount": -6000,
        "fee": 0,
        "currency": "eur",
        "source": source,
        "reporting_category": "transfer",
        "created": 1_794_475_800,
    }
    return facts | changes


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        ({"object": "transfer", "id": "tr_1", "transfer_group": group_of(PAYOUT)}, f"payout:{PAYOUT}"),
        ({"object": "transfer_reversal", "id": "trr_1", "transfer": "tr_1"}, f"payout:{PAYOUT}"),
        ({"object": "topup", "id": "tu_1", "metadata": {"key": f"tu_{PAYOUT}"}}, f"top_up:{PAYOUT}"),
        ({"object": "transfer", "id": "tr_2", "transfer_group": None}, "provider:tr_2"),
        ({"object": "transfer", "id": "tr_2", "transfer_group": "payout_of_somebody"}, "provider:tr_2"),
        ({"object": "topup", "id": "tu_2", "metadata": {"key": "april"}}, "provider:tu_2"),
        ({"object": "topup", "id": "tu_2", "metadata": None}, "provider:tu_2"),
        ({"object": "payout", "id": "po_1"}, "provider:po_1"),
        ("po_1", "provider:po_1"),
        (None, "provider:txn_1"),
    ],
)
def test_a_movement_refers_to_what_we_named(source: Any, reference: str) -> None:
    facts = transaction_facts(movement(source), lambda transfer_id: group_of(PAYOUT))

    assert (facts.reference, facts.amount_minor, facts.currency) == (reference, -6000, "EUR")


@pytest.mark.parametrize(
    ("category", "is_fee"), [("fee", True), ("network_cost", True), ("tax", True), ("topup", False)]
)
def test_what_is_a_fee_as_a_whole_is_told_by_its_category(category: str, is_fee: bool) -> None:
    assert transaction_facts(movement(None, reporting_category=category), str).is_fee is is_fee
