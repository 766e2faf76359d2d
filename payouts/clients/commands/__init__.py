"""Opening clients' accounts, deciding what happens to their money, charging and invoicing them."""

from payouts.clients.commands.accounts import open_account, propose_terms
from payouts.clients.commands.decide import approve_proposal, reject_proposal, withdraw_proposal
from payouts.clients.commands.invoices import draft_invoice, propose_credit_note
from payouts.clients.commands.movements import propose_movement
from payouts.clients.commands.reservations import UnitPrice, release_expired, release_money, reserve_money
from payouts.clients.commands.usage import charge_work

__all__ = [
    "UnitPrice",
    "approve_proposal",
    "charge_work",
    "draft_invoice",
    "open_account",
    "propose_credit_note",
    "propose_movement",
    "propose_terms",
    "reject_proposal",
    "release_expired",
    "release_money",
    "reserve_money",
    "withdraw_proposal",
]
