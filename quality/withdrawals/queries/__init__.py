"""Reads of withdrawals: what speaks for taking evidence back, and what was taken back."""

from quality.withdrawals.queries.findings import find_reviewer_finding, list_key_findings, list_reviewer_findings
from quality.withdrawals.queries.withdrawals import (
    CORRECT,
    find_gold,
    get_withdrawal,
    list_effects,
    list_gold,
    list_remaining_shares,
    list_withdrawals,
)

__all__ = [
    "CORRECT",
    "find_gold",
    "find_reviewer_finding",
    "get_withdrawal",
    "list_effects",
    "list_gold",
    "list_key_findings",
    "list_remaining_shares",
    "list_reviewer_findings",
    "list_withdrawals",
]
