"""Opening clients' accounts, and proposing and deciding what happens to their money."""

from payouts.clients.commands.accounts import open_account, propose_terms
from payouts.clients.commands.decide import approve_proposal, reject_proposal, withdraw_proposal
from payouts.clients.commands.movements import propose_movement

__all__ = [
    "approve_proposal",
    "open_account",
    "propose_movement",
    "propose_terms",
    "reject_proposal",
    "withdraw_proposal",
]
