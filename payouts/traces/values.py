"""A trace as one value, from which page, JSON and command line are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.money import Money

#: What a reference can stand for, and what a step can be.
KINDS = ("EARNING", "PAYOUT", "TRANSFER", "ENTRY", "STATEMENT")
STEP_KINDS = (
    "WORK",
    "RATE_LINE",
    "APPROVAL",
    "EARNING",
    "ENTRY",
    "REVERSAL_PROPOSAL",
    "REVERSAL",
    "CYCLE_LINE",
    "CYCLE_APPROVAL",
    "CONVERSION",
    "PAYOUT",
    "ATTEMPT",
    "TRANSFER",
    "BANK_PAYOUT",
    "STATEMENT",
    "RELEASE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened: when, by whom (None is the system), and over how much.

    ``facts`` are label and value; those of the books and the provider are there for finance and auditors alone.
    """

    kind: str
    id: str
    title: str
    at: datetime | None
    actor_id: UUID | None = None
    actor: str = ""
    amount: Money | None = None
    text: str = ""
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEarning:
    """One earning that a payout pays."""

    id: UUID
    source_key: str
    description: str
    worked_to: datetime
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of one earning, or of one payout with everything it pays.

    A payout's ``earnings`` and ``parts`` (words, amount) sum to its ``amount``, or to what a step CONVERSION turns into it;
    a journal entry of neither has an amount of None.
    """

    kind: str
    reference: str
    worker_id: UUID | None
    amount: Money | None
    earnings: Sequence[TracedEarning]
    parts: Sequence[tuple[str, Money]]
    steps: Sequence[Step]
