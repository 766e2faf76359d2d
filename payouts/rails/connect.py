"""Stripe Connect: recipient accounts through v2, transfers and payouts through v1.

Source: https://docs.stripe.com/connect/accounts-v2 and https://docs.stripe.com/connect/separate-charges-and-transfers
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import stripe

from common.money import Money
from payouts.rails.base import (
    AccountFacts,
    Answer,
    BankLeg,
    PayeeOrder,
    PreparedTransfer,
    TopUpFacts,
    TransferFacts,
    TransferOrder,
    require_no_transaction,
)
from payouts.rails.failures import BANK_WORDS, OTHER_BANK_FAILURE
from payouts.rails.gate import GatedClient
from payouts.rails.movements import group_of
from payouts.rails.reading import StripeReader, digest, request_id_of

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
_TRANSFERS_A_PAYOUT_MAY_HAVE = 100
_BANK_PAYOUTS_LOOKED_AT = 100
_BANK_STATUS = {
    "pending": "PENDING",
    "in_transit": "IN_TRANSIT",
    "paid": "PAID",
    "failed": "FAILED",
    "canceled": "FAILED",
}
_TOP_UP_STATUS = {"pending": "PENDING", "succeeded": "SUCCEEDED"}


def make_client(key: str, api_base: str | None, rail: str = "connect") -> stripe.StripeClient:
    """Return a client that never retries by itself, paced with all processes that use the rail.

    Our own rows decide what is sent again.
    """
    stripe.enable_telemetry = False
    client = GatedClient(stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)), rail)
    if api_base is None:
        return stripe.StripeClient(key, max_network_retries=0, http_client=client)
    return stripe.StripeClient(key, base_addresses={"api": api_base}, max_network_retries=0, http_client=client)


class ConnectRail(StripeReader):
    """The protocol ``Rail`` over a Stripe client, see ``make_client``."""

    name = "connect"

    # Transfers

    def prepare(self, order: TransferOrder) -> PreparedTransfer:
        """Return the request of an attempt; group and metadata let it be found again without its key."""
        params = {
            "amount": order.money.amount_minor,
            "currency": order.money.currency.lower(),
            "destination": order.destination,
            "transfer_group": group_of(order.payout_id),
            "metadata": {"payout": str(order.payout_id), "attempt": str(order.number)}
            | ({"cycle": str(order.cycle_id)} if order.cycle_id else {}),
        }
        body = json.dumps(params, sort_keys=True)
        return PreparedTransfer(f"po_{order.payout_id}_{order.number}", body, digest(body))

    def submit(self, prepared: PreparedTransfer) -> Answer:
        """Send an attempt under its own key, exactly as it was stored."""
        if digest(prepared.body) != prepared.body_sha256:
            raise ValueError(f"the body of {prepared.idempotency_key} is not the one that was stored")
        params: Any = json.loads(prepared.body)
        options: Any = {"idempotency_key": prepared.idempotency_key}
        return self._answer(lambda: self._client.v1.transfers.create(params, options))

    def reverse(self, *, transfer_id: str, idempotency_key: str) -> Answer:
        """Take a whole transfer back and return it as it is afterwards."""

        def reverse_then_read() -> Any:
            self._client.v1.transfers.reversals.create(transfer_id, {}, {"idempotency_key": idempotency_key})
            return self._client.v1.transfers.retrieve(transfer_id)

        return self._answer(reverse_then_read)

    def _answer(self, call: Callable[[], Any]) -> Answer:
        require_no_transaction()
        try:
            transfer = call()
            facts = _transfer_facts(transfer)
        except Exception as error:
            failure = self.classify(error)
            return Answer(failure=failure, request_id=failure.request_id)
        return Answer(transfer=facts, request_id=request_id_of(transfer))

    def find(self, payout_id: UUID, *, destination: str, since: datetime) -> list[TransferFacts]:
        """Return every transfer of a payout's group, wherever and whenever it went."""
        page = self._read(
            lambda: self._client.v1.transfers.list(
                {"transfer_group": group_of(payout_id), "limit": _TRANSFERS_A_PAYOUT_MAY_HAVE}
            )
        )
        return [_transfer_facts(item) for item in page.data]

    def retrieve(self, transfer_id: str) -> TransferFacts:
        """Return a transfer as it is now."""
        return _transfer_facts(self._read(lambda: self._client.v1.transfers.retrieve(transfer_id)))

    def list_transfers(self, *, since: datetime | None) -> Iterator[Sequence[TransferFacts]]:
        """Yield transfers, page by page."""
        params = {} if since is None else {"created": {"gte": int(since.timestamp())}}
        for page in self._pages(self._client.v1.transfers.list, params):
            yield [_transfer_facts(item) for item in page]

    # The bank leg

    def find_bank_leg(self, transfer: TransferFacts, known_id: str) -> BankLeg | None:
        """Return the automatic payout whose balance transactions hold the transfer's payment."""
        options: Any = {"stripe_account": transfer.destination}
        if known_id:
            return _bank_leg(self._read(lambda: self._client.v1.payouts.retrieve(known_id, {}, options)))
        since = int(transfer.created_at.timestamp())
        payouts = self._read(
            lambda: self._client.v1.payouts.list({"created": {"gte": since}, "limit": _BANK_PAYOUTS_LOOKED_AT}, options)
        )
        for payout in reversed(payouts.data):
            if payout.automatic and self._carries(payout.id, transfer.payment_id, options):
                return _bank_leg(payout)
        return None

    def _carries(self, payout_id: str, payment_id: str, options: Any) -> bool:
        rows = self._read(
            lambda: self._client.v1.balance_transactions.list({"payout": payout_id, "limit": 100}, options)
        )
        return any(row.source == payment_id for row in rows.auto_paging_iter())

    # The platform's own balance

    def available(self, currency: str) -> Money:
        """Return the balance that can be transferred now."""
        balance = self._read(lambda: self._client.v1.balance.retrieve())
        amounts = [item.amount for item in balance.available if item.currency == currency.lower()]
        return Money(sum(amounts), currency)

    def top_up(self, *, money: Money, idempotency_key: str) -> TopUpFacts:
        """Ask for money from the platform's bank; its key, in the metadata too, ties the movement to the request."""
        params: Any = {
            "amount": money.amount_minor,
            "currency": money.currency.lower(),
            "description": "Pay cycle",
            "metadata": {"key": idempotency_key},
        }
        options: Any = {"idempotency_key": idempotency_key}
        return _top_up_facts(self._read(lambda: self._client.v1.topups.create(params, options)))

    def find_top_up(self, *, idempotency_key: str, since: datetime) -> TopUpFacts | None:
        """Look through the top-ups since then for the one that carries the key."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        rows = self._read(lambda: list(self._client.v1.topups.list(params).auto_paging_iter()))
        return next((_top_up_facts(row) for row in rows if row.metadata.to_dict().get("key") == idempotency_key), None)

    def retrieve_top_up(self, provider_id: str) -> TopUpFacts:
        """Return a top-up as it is now."""
        return _top_up_facts(self._read(lambda: self._client.v1.topups.retrieve(provider_id)))

    # Payees

    def open_account(self, order: PayeeOrder) -> str:
        """Open a recipient account; a repetition with the same data finds the same account."""
        params: Any = {
            "contact_email": order.email,
            "display_name": order.legal_name,
            "dashboard": "express",
            "identity": {"country": order.country.lower(), "entity_type": "individual"},
            "defaults": {
                "currency": order.currency.lower(),
                "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
            },
            "configuration": {
                "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
            },
            "metadata": {"payee": str(order.payee_id)},
        }
        return self._open_account(order, params)

    def retrieve_account(self, account_id: str) -> AccountFacts:
        """Return capabilities and requirements from v2 and the bank account from v1."""
        include: Any = {"include": ["configuration.recipient", "requirements"]}
        account = self._read(lambda: self._client.v2.core.accounts.retrieve(account_id, include)).to_dict()
        banks = self._read(
            lambda: self._client.v1.accounts.external_accounts.list(account_id, {"object": "bank_account"})
        ).to_dict()
        return _account_facts(account, banks["data"])


def _transfer_facts(transfer: Any) -> TransferFacts:
    return TransferFacts(
        provider_id=str(transfer.id),
        amount_minor=int(transfer.amount),
        reversed_minor=int(transfer.amount_reversed),
        currency=str(transfer.currency).upper(),
        destination=str(transfer.destination),
        group=str(transfer.transfer_group or ""),
        payment_id=str(transfer.destination_payment),
        created_at=datetime.fromtimestamp(int(transfer.created), UTC),
        cycle=str(transfer.metadata.to_dict().get("cycle", "")),
    )


def _bank_leg(payout: Any) -> BankLeg:
    code = str(payout.failure_code or "")
    words = BANK_WORDS.get(code, OTHER_BANK_FAILURE) if code else ""
    return BankLeg(str(payout.id), _BANK_STATUS[str(payout.status)], code, words)


def _top_up_facts(topup: Any) -> TopUpFacts:
    return TopUpFacts(str(topup.id), _TOP_UP_STATUS.get(str(topup.status), "FAILED"), str(topup.failure_message or ""))


def _account_facts(account: dict[str, Any], banks: list[dict[str, Any]]) -> AccountFacts:
    recipient = (account.get("configuration") or {}).get("recipient") or {}
    balance = (recipient.get("capabilities") or {}).get("stripe_balance") or {}
    entries = (account.get("requirements") or {}).get("entries") or []
    wanted = [entry["description"] for entry in entries if entry["awaiting_action_from"] == "user"]
    bank = next((item for item in banks if item.get("default_for_currency")), None) or (banks[0] if banks else {})
    return AccountFacts(
        account_id=str(account["id"]),
        transfers_status=_status(balance.get("stripe_transfers")),
        payouts_status=_status(balance.get("payouts")),
        requirements=tuple(wanted),
        bank_fingerprint=str(bank.get("fingerprint") or ""),
        bank_last4=str(bank.get("last4") or ""),
        bank_name=str(bank.get("bank_name") or "")[:200],
    )


def _status(capability: dict[str, Any] | None) -> str:
    return str((capability or {}).get("status") or "restricted").upper()
