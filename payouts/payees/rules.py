"""What the provider's word on an account means for a payee: pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: How long nothing is sent to a bank account that replaced another one.
#: Source: the decision on payout diversion in docs (72 h, so that a notice is read before money moves).
DESTINATION_HOLD: Final = timedelta(hours=72)


def state_from(*, transfers: str, payouts: str, was_ready: bool, has_bank: bool) -> str:
    """Return the payee's state from the provider's two capability statuses.

    Args:
        transfers: may the platform send money to the account: ACTIVE, PENDING, RESTRICTED or UNSUPPORTED.
        payouts: may the account's money go to its bank, likewise.
        was_ready: the payee could be paid before.
        has_bank: the account has a bank account.
    """
    if transfers == "UNSUPPORTED":
        return "DISABLED"
    if transfers == "ACTIVE" and payouts == "ACTIVE" and has_bank:
        return "ACTIVE"
    if "PENDING" in (transfers, payouts) and "RESTRICTED" not in (transfers, payouts):
        return "VERIFYING"
    return "RESTRICTED" if was_ready else "COLLECTING"


def mask(last4: str) -> str:
    """Return a bank account as others than its owner may see it."""
    return f"•••• {last4}" if last4 else ""


#: What each kind of hold says to the payee.
HOLD_WORDS: Final = {
    "DESTINATION_CHANGED": "Your bank account was changed.",
    "SECURITY_CHANGED": "The way you log in was changed.",
    "DUPLICATE_TAX_ID": "Somebody else uses the same taxpayer number.",
    "DUPLICATE_BANK": "Somebody else is paid to the same bank account.",
}
