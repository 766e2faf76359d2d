"""The chart of accounts and the digest of an entry: pure, so that posting, the database and the audit agree."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from common.currencies import get_currency
from common.money import Money

DEBIT: Final = "DEBIT"
CREDIT: Final = "CREDIT"


@dataclass(frozen=True, slots=True)
class AccountKind:
    """What a code stands for: the side on which it grows, and the least balance that the database lets it have.

    ``floor_minor`` is in minor units of the account's currency; None means that the account may go either way.
    """

    name: str
    side: str
    floor_minor: int | None
    pattern: str


_ID = r"(?P<owner>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_TENANT = r"(?P<tenant>[A-Za-z0-9_.-]{1,60})"

#: Every kind of account. What experts are owed are liabilities (they grow by credits); what others owe are assets.
ACCOUNT_KINDS: Final = (
    AccountKind("EXPERT_PAYABLE", CREDIT, 0, rf"expert:{_ID}:payable"),
    AccountKind("EXPERT_HELD", CREDIT, 0, rf"expert:{_ID}:held"),
    AccountKind("EXPERT_INFLIGHT", CREDIT, 0, rf"expert:{_ID}:inflight"),
    AccountKind("EXPERT_RECEIVABLE", DEBIT, 0, rf"expert:{_ID}:receivable"),
    AccountKind("PLATFORM_EXPENSE", DEBIT, None, r"platform:expense:[a-z][a-z0-9_]{1,39}"),
    AccountKind("CLIENT_RECEIVABLE", DEBIT, None, rf"client:{_TENANT}:receivable"),
    AccountKind("CLIENT_PREPAID", CREDIT, 0, rf"client:{_TENANT}:prepaid"),
    AccountKind("PLATFORM_REVENUE", CREDIT, None, r"platform:revenue:[a-z][a-z0-9_]{1,39}"),
    AccountKind("STRIPE_BALANCE", DEBIT, None, r"stripe:balance"),
    AccountKind("STRIPE_FINANCIAL", DEBIT, None, r"stripe:financial"),
    AccountKind("BANK", DEBIT, None, r"bank"),
    AccountKind("STRIPE_FEES", DEBIT, None, r"fees:stripe"),
    AccountKind("FX_CLEARING", DEBIT, None, r"fx:clearing"),
    AccountKind("FX_ROUNDING", DEBIT, None, r"fx:rounding"),
    AccountKind("FX_GAIN", CREDIT, None, r"fx:gain"),
    AccountKind("TAX_WITHHELD", CREDIT, None, r"tax:withheld"),
    AccountKind("SUSPENSE", CREDIT, None, r"suspense"),
)
_PATTERNS: Final = tuple((kind, re.compile(rf"{kind.pattern}:(?P<currency>[A-Z]{{3}})")) for kind in ACCOUNT_KINDS)


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What an account code says. ``worker_id`` is set for the accounts of one expert only."""

    code: str
    kind: AccountKind
    currency: str
    worker_id: UUID | None


def parse_account(code: str) -> AccountSpec:
    """Return what ``code`` says, for example ``expert:<uuid>:payable:EUR``.

    Raises:
        ValueError: the code fits no kind of account, or its currency is not in use.
    """
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(code)
        if match is not None:
            currency = get_currency(match["currency"]).code
            owner = match.groupdict().get("owner")
            return AccountSpec(code, kind, currency, UUID(owner) if owner else None)
    raise ValueError(f"{code!r} is no account code")


def payable(worker_id: UUID, currency: str) -> str:
    """Return the account of what an expert has earned and was not yet sent."""
    return f"expert:{worker_id}:payable:{currency}"


def held(worker_id: UUID, currency: str) -> str:
    """Return the account of an expert's money that somebody put on hold."""
    return f"expert:{worker_id}:held:{currency}"


def inflight(worker_id: UUID, currency: str) -> str:
    """Return the account of money reserved for a payout whose end is not yet known."""
    return f"expert:{worker_id}:inflight:{currency}"


def receivable(worker_id: UUID, currency: str) -> str:
    """Return the account of what an expert owes the platform."""
    return f"expert:{worker_id}:receivable:{currency}"


def expense(kind: str, currency: str) -> str:
    """Return the platform's expense account of one kind, such as ``work``."""
    return f"platform:expense:{kind}:{currency}"


def revenue(kind: str, currency: str) -> str:
    """Return the platform's revenue account of one kind, such as ``work``."""
    return f"platform:revenue:{kind}:{currency}"


def client_prepaid(client: str, currency: str) -> str:
    """Return the account of what a client paid and was not charged yet; it never falls below zero."""
    return f"client:{client}:prepaid:{currency}"


def client_receivable(client: str, currency: str) -> str:
    """Return the account of what a client owes. Nothing keeps its balance, so that no two approvals wait for each other."""
    return f"client:{client}:receivable:{currency}"


def stripe_balance(currency: str) -> str:
    """Return the account of the platform's balance at Stripe."""
    return f"stripe:balance:{currency}"


def stripe_financial(currency: str) -> str:
    """Return the account of what is available in the platform's financial account at Stripe."""
    return f"stripe:financial:{currency}"


def bank(currency: str) -> str:
    """Return the account of the platform's own bank account."""
    return f"bank:{currency}"


def stripe_fees(currency: str) -> str:
    """Return the account of fees that Stripe took."""
    return f"fees:stripe:{currency}"


def fx_clearing(currency: str) -> str:
    """Return the account over which one currency is converted into another: what treasury has yet to exchange."""
    return f"fx:clearing:{currency}"


def fx_rounding(currency: str) -> str:
    """Return the account of what a payout in whole units lacks or has more than its conversion is worth."""
    return f"fx:rounding:{currency}"


def fx_gain(currency: str) -> str:
    """Return the account of what exchanging brought beyond what was converted; negative for losses."""
    return f"fx:gain:{currency}"


def tax_withheld(currency: str) -> str:
    """Return the account of tax that was withheld and is owed to an authority."""
    return f"tax:withheld:{currency}"


def suspense(currency: str) -> str:
    """Return the account of money that nobody has explained yet."""
    return f"suspense:{currency}"


@dataclass(frozen=True, slots=True)
class LineSpec:
    """One movement: ``money`` (positive) leaves the ``credit`` account and enters the ``debit`` account."""

    debit: str
    credit: str
    money: Money


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """One entry to post. ``effective_on`` decides its period; ``source`` is one opaque word on its origin."""

    idempotency_key: str
    kind: str
    effective_on: date
    lines: tuple[LineSpec, ...]
    source: str
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What the digest of an entry covers, apart from its lines."""

    idempotency_key: str
    kind: str
    effective_on: date
    source: str
    reverses: UUID | None
    created_by: UUID | None
    created_at: datetime


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=16)  # thousands of entries are posted at one instant
def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def line_text(debit: str, credit: str, currency: str, amount_minor: int) -> str:
    """Return one line as the digest covers it."""
    return f"{debit}|{credit}|{currency}|{amount_minor}\n"


def entry_digest(facts: EntryFacts, lines_text: str) -> str:
    """Return the sha256, in hex, of an entry and the texts of its lines in order.

    The trigger of ``JournalEntry`` computes the same text in SQL; nothing in it may hold a line break.
    """
    head = (
        facts.idempotency_key,
        facts.kind,
        facts.effective_on.isoformat(),
        facts.source,
        str(facts.reverses or ""),
        str(facts.created_by or ""),
        str(_microseconds(facts.created_at)),
    )
    return hashlib.sha256(("\n".join(head) + "\n" + lines_text).encode()).hexdigest()


#: What the first link of the chain takes in the place of a link before it.
FIRST_LINK: Final = "0" * 64


def seal_digest(before: str, entry_id: UUID, entry_sha256: str) -> str:
    """Return the sha256, in hex, of one link of the chain: over the link before, the entry's id and its own digest."""
    return hashlib.sha256(f"{before}\n{entry_id}\n{entry_sha256}".encode()).hexdigest()
