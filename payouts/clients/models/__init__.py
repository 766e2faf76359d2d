"""Accounts of clients, what is proposed and decided about them, what they are charged and what they are invoiced."""

from payouts.clients.models.accounts import ClientAccount, ClientTerms
from payouts.clients.models.invoices import (
    CreditNote,
    DocumentCounter,
    Invoice,
    InvoicedUsage,
    InvoiceLine,
    InvoiceSettlement,
)
from payouts.clients.models.movements import ClientMovement
from payouts.clients.models.proposals import Proposal
from payouts.clients.models.reservations import ClientReservation
from payouts.clients.models.usage import UsageLine

__all__ = [
    "ClientAccount",
    "ClientMovement",
    "ClientReservation",
    "ClientTerms",
    "CreditNote",
    "DocumentCounter",
    "Invoice",
    "InvoiceLine",
    "InvoiceSettlement",
    "InvoicedUsage",
    "Proposal",
    "UsageLine",
]
