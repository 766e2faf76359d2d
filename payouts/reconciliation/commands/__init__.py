"""The verbs of reconciliation: read the provider's transactions, book its fees, match, open and decide breaks.

Lock order: the advisory lock of matching, then breaks, then the books.
"""

from payouts.reconciliation.commands.decide import (
    approve_write_off,
    explain_break,
    propose_write_off,
    refuse_write_off,
)
from payouts.reconciliation.commands.fetch import fetch_transactions
from payouts.reconciliation.commands.match import match
from payouts.reconciliation.commands.run import reconcile, reconcile_all

__all__ = [
    "approve_write_off",
    "explain_break",
    "fetch_transactions",
    "match",
    "propose_write_off",
    "reconcile",
    "reconcile_all",
    "refuse_write_off",
]
