"""Reads of clients' accounts, charges and invoices."""

from payouts.clients.queries.accounts import (
    PROPOSALS,
    Funds,
    find_proposals,
    find_terms,
    find_uncharged,
    find_usage,
    get_account,
    get_funds,
    get_proposal,
    list_funds,
    list_waiting,
    sum_usage,
)
from payouts.clients.queries.documents import DocumentLine, document_of, get_credit_note, list_lines
from payouts.clients.queries.invoices import (
    STANDINGS,
    Ageing,
    Standing,
    get_invoice,
    list_ageing,
    list_open,
    list_standings,
)

__all__ = [
    "PROPOSALS",
    "STANDINGS",
    "Ageing",
    "DocumentLine",
    "Funds",
    "Standing",
    "document_of",
    "find_proposals",
    "find_terms",
    "find_uncharged",
    "find_usage",
    "get_account",
    "get_credit_note",
    "get_funds",
    "get_invoice",
    "get_proposal",
    "list_ageing",
    "list_funds",
    "list_lines",
    "list_open",
    "list_standings",
    "list_waiting",
    "sum_usage",
]
