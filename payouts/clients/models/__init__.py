"""Accounts of clients, and what one person proposes and another decides about them."""

from payouts.clients.models.accounts import ClientAccount, ClientTerms
from payouts.clients.models.movements import ClientMovement
from payouts.clients.models.proposals import Proposal
from payouts.clients.models.usage import UsageLine

__all__ = ["ClientAccount", "ClientMovement", "ClientTerms", "Proposal", "UsageLine"]
