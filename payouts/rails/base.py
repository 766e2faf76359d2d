"""What the rest of payouts knows of a provider: frozen values and one protocol.

A provider's answer is classified into what may be done next, never into an exception: an ambiguous answer must not be
able to pass for a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.db import connection

from common.money import Money


class Outcome(StrEnum):
    """What an answer proves."""

    SUCCEEDED = "SUCCEEDED"
    RETRYABLE = "RETRYABLE"
    """Send the same key and body again."""
    UNKNOWN = "UNKNOWN"
    """Perhaps done: look up; another key only once it is proven absent."""
    FINAL = "FINAL"
    """Certainly not done."""


class Reaction(StrEnum):
    """What to do about an answer that is no success."""

    RESEND = "RESEND"
    SLOW_DOWN = "SLOW_DOWN"
    LOOK_UP = "LOOK_UP"
    FREEZE = "FREEZE"
    """A person must look; nothing more is sent for this payout."""
    WAIT_FOR_FUNDS = "WAIT_FOR_FUNDS"
    PAYEE_MUST_ACT = "PAYEE_MUST_ACT"
    REQUEST_WRONG = "REQUEST_WRONG"
    STOP_ALL = "STOP_ALL"
    """The platform itself is refused: nothing is submitted on the rail until a person lifts it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no success. ``code`` is the provider's; ``words`` are for the expert where they must act."""

    outcome: Outcome
    reaction: Reaction
    code: str
    detail: str
    words: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """What one attempt is to move: ``money`` to the provider's account ``destination``.

    ``bank`` is the fingerprint of the bank account that was approved, ``bank_currency`` what is to arrive there; a rail that
    pays into a balance of the payee's needs neither.
    """

    payout_id: UUID
    number: int
    money: Money
    destination: str
    cycle_id: UUID | None = None
    bank: str = ""
    bank_currency: str = ""


@dataclass(frozen=True, slots=True)
class PreparedTransfer:
    """A request ready to be stored: body (JSON text with sorted keys) and key are sent exactly so, however often."""

    idempotency_key: str
    body: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """A transfer as the provider has it. Amounts in minor units of ``currency``.

    ``arrives`` is what the recipient gets, where the provider tells it: another currency than is owed, perhaps.
    """

    provider_id: str
    amount_minor: int
    reversed_minor: int
    currency: str
    destination: str
    group: str
    payment_id: str
    created_at: datetime
    cycle: str = ""
    arrives: Money | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: the transfer, or why there is none."""

    transfer: TransferFacts | None = None
    failure: Failure | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class BankLeg:
    """The payout from the payee's balance at the provider to their bank. ``status``: PENDING, IN_TRANSIT, PAID, FAILED."""

    provider_id: str
    status: str
    failure_code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PayeeOrder:
    """What the provider must know to open an account for a payee."""

    payee_id: UUID
    legal_name: str
    email: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A payee's account as the provider has it. Statuses: ACTIVE, PENDING, RESTRICTED, UNSUPPORTED."""

    account_id: str
    transfers_status: str
    payouts_status: str
    requirements: Sequence[str]
    bank_fingerprint: str
    bank_last4: str
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A single-use address of a page at the provider."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TopUpFacts:
    """Money on its way from the platform's bank into its balance. ``status``: PENDING, SUCCEEDED, FAILED."""

    provider_id: str
    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TransactionFacts:
    """One movement of the platform's balance. Minor units; the balance changes by ``amount_minor - fee_minor``.

    ``reference`` is the origin in our books that the provider was told (``payout:<id>``, ``top_up:<id>``), else
    ``provider:`` and the provider's own name. ``is_fee``: the whole movement is what the provider takes for itself.
    """

    provider_id: str
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    source_id: str
    reference: str
    is_fee: bool
    created_at: datetime


class ProviderUnavailable(Exception):
    """A reading, or an onboarding call, got no usable answer; nothing is known to have changed."""

    def __init__(self, failure: Failure) -> None:
        """Keep what the provider said."""
        super().__init__(f"{failure.code}: {failure.detail}")
        self.failure = failure


class Rail(Protocol):
    """One way of paying people. Every method but ``prepare`` calls outside: never inside a transaction.

    ``submit`` and ``reverse`` always answer; all others raise ProviderUnavailable where there is no usable answer.
    """

    name: str

    def prepare(self, order: TransferOrder) -> PreparedTransfer:
        """Return the request for an attempt; the same order gives the same request."""

    def submit(self, prepared: PreparedTransfer) -> Answer:
        """Send an attempt."""

    def find(self, payout_id: UUID, *, destination: str, since: datetime) -> list[TransferFacts]:
        """Return every transfer ever made for a payout, under whichever key.

        It went to ``destination`` and not before ``since``: for a provider that keeps no groups.
        """

    def reverse(self, *, transfer_id: str, idempotency_key: str) -> Answer:
        """Take a whole transfer back, where the rail can; on others its money comes back by itself."""

    def classify(self, error: Exception) -> Failure:
        """Return what an error proves and asks for."""

    def retrieve(self, transfer_id: str) -> TransferFacts:
        """Return a transfer as it is now."""

    def list_transfers(self, *, since: datetime | None) -> Iterator[Sequence[TransferFacts]]:
        """Yield the transfers from ``since`` on, a page at a time, the newest first."""

    def find_bank_leg(self, transfer: TransferFacts, known_id: str) -> BankLeg | None:
        """Return the bank payout that carries a transfer; ``known_id`` saves the search."""

    def available(self, currency: str) -> Money:
        """Return the balance that can be transferred now."""

    def balances(self) -> Mapping[str, int]:
        """Return all that the platform holds at the provider, minor units by currency, pending money too."""

    def list_transactions(self, *, since: datetime | None) -> Iterator[Sequence[TransactionFacts]]:
        """Yield the movements of the platform's balance from ``since`` on, a page at a time, the newest first."""

    def list_events(self, *, since: datetime) -> Iterator[Sequence[bytes]]:
        """Yield what the provider would have told by webhook from ``since`` on, as its JSON, a page at a time."""

    def list_refused(self, *, account_id: str, since: datetime) -> list[str]:
        """Return the ids of a payee's bank payouts made since a moment that the bank refused or sent back."""

    def top_up(self, *, money: Money, idempotency_key: str) -> TopUpFacts:
        """Ask for money from the platform's bank."""

    def find_top_up(self, *, idempotency_key: str, since: datetime) -> TopUpFacts | None:
        """Return the top-up that was asked for under a key since then, if there is one."""

    def retrieve_top_up(self, provider_id: str) -> TopUpFacts:
        """Return a top-up as it is now."""

    def open_account(self, order: PayeeOrder) -> str:
        """Open an account for a payee, once, and return its id."""

    def onboarding_link(self, *, account_id: str, return_url: str, refresh_url: str, is_update: bool) -> Link:
        """Return the page on which the payee enters their bank details."""

    def retrieve_account(self, account_id: str) -> AccountFacts:
        """Return a payee's account as it is now."""


def require_no_transaction() -> None:
    """Return only outside any transaction: a call to a provider inside one would hold locks and could be rolled back.

    Raises:
        RuntimeError: a transaction is open.
    """
    # The transaction around a Django test is not one of the program.
    blocks = getattr(connection, "atomic_blocks", [])
    if any(not getattr(block, "_from_testcase", False) for block in blocks):
        raise RuntimeError("a payment provider is never called inside a transaction")
