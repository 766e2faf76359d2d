"""When something unmatched becomes a break, how breaks age, and where a difference can be written to: pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from payouts.ledger.rules import bank, expense, stripe_fees, suspense

#: Until then it is on its way. Source: the design's "unmatched on either side > 24 h = a break".
BREAK_AFTER: Final = timedelta(hours=24)
#: The last run's end is where the next begins, less this much: two clocks are never quite the same.
OVERLAP: Final = timedelta(hours=1)
#: The ages a list of breaks is sorted into: (days, words), the last without an end.
AGES: Final = ((7, "1 to 7 days"), (30, "8 to 30 days"), (60, "31 to 60 days"), (None, "Over 60 days"))

#: Where a second person can let a difference be written to, by the word in ``Break.WriteOff``.
WRITE_OFF_ACCOUNTS: Final[dict[str, Callable[[str], str]]] = {
    "SUSPENSE": suspense,
    "BANK": bank,
    "FEES": stripe_fees,
    "LOSS": lambda currency: expense("write_off", currency),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What is unmatched under one reference on a rail: minor units at the provider and in the books, since the oldest of it."""

    reference: str
    currency: str
    provider_minor: int
    ledger_minor: int
    provider_kinds: str
    ledger_kinds: str
    since: datetime
    rail: str

    @property
    def amount_minor(self) -> int:
        """What the provider has more than the books."""
        return self.provider_minor - self.ledger_minor

    @property
    def side(self) -> str:
        """Who alone has it, or BOTH where the amounts differ."""
        if not self.ledger_kinds:
            return "PROVIDER"
        return "BOTH" if self.provider_kinds else "LEDGER"

    @property
    def is_even(self) -> bool:
        """Whether both sides have it, with one sum."""
        return self.side == "BOTH" and self.amount_minor == 0


def is_break(since: datetime, now: datetime) -> bool:
    """Say whether something unmatched has had its time."""
    return now - since >= BREAK_AFTER


def age_of(since: datetime, now: datetime) -> str:
    """Return the words of the age that a break has reached."""
    days = (now - since).days
    return next(words for limit, words in AGES if limit is None or days <= limit)
