"""How an account of the books is called in an accountant's chart of accounts."""

from __future__ import annotations

from typing import Final

#: Accounts of single people and clients; accountants see the sum of a kind.
_COLLAPSED: Final = ("EXPERT_", "CLIENT_")

#: The account code that Xero's import asks for, by kind. A chart of accounts needs these codes, or they are replaced there.
XERO_CODES: Final = {
    "BANK": "1000",
    "STRIPE_BALANCE": "1010",
    "STRIPE_FINANCIAL": "1020",
    "FX_CLEARING": "1090",
    "FX_ROUNDING": "5950",
    "FX_GAIN": "4950",
    "CLIENT_RECEIVABLE": "1100",
    "EXPERT_RECEIVABLE": "1200",
    "EXPERT_PAYABLE": "2100",
    "EXPERT_HELD": "2110",
    "EXPERT_INFLIGHT": "2120",
    "CLIENT_PREPAID": "2200",
    "TAX_WITHHELD": "2300",
    "SUSPENSE": "2900",
    "PLATFORM_REVENUE": "4000",
    "PLATFORM_EXPENSE": "5000",
    "STRIPE_FEES": "5900",
}
#: Xero takes at most ten characters.
_LONGEST_CODE: Final = 10


def account_name(kind: str, code: str) -> str:
    """Return the account's name without a colon, which QuickBooks reads as parent and child.

    People's and clients' accounts are one account a kind; ``code`` is as in the books (``platform:expense:work:EUR``).
    """
    if kind.startswith(_COLLAPSED):
        return kind.replace("_", " ").capitalize()
    return code.rpartition(":")[0].replace(":", " ").capitalize()


def xero_code(kind: str) -> str:
    """Return the code of an account in Xero; a kind without one is called by its own name, which Xero will ask about."""
    return XERO_CODES.get(kind, kind[:_LONGEST_CODE])
