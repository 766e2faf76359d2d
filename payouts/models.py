"""The models of every feature, where Django looks for them."""

from payouts.earnings.models import Earning, EarningReversal
from payouts.ledger.models import (
    JournalEntry,
    JournalLine,
    LedgerAccount,
    LedgerBalance,
    Period,
)

__all__ = [
    "Earning",
    "EarningReversal",
    "JournalEntry",
    "JournalLine",
    "LedgerAccount",
    "LedgerBalance",
    "Period",
]
