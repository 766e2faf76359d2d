"""The models of every feature, where Django looks for them."""

from payouts.earnings.models import Earning, EarningReversal
from payouts.ledger.models import (
    JournalEntry,
    JournalLine,
    LedgerAccount,
    LedgerBalance,
    Period,
)
from payouts.payees.models import Payee
from payouts.transfers.models import Payout, PayoutAttempt, ProviderEvent, RailStop, TopUp

__all__ = [
    "Earning",
    "EarningReversal",
    "JournalEntry",
    "JournalLine",
    "LedgerAccount",
    "LedgerBalance",
    "Payee",
    "Payout",
    "PayoutAttempt",
    "Period",
    "ProviderEvent",
    "RailStop",
    "TopUp",
]
