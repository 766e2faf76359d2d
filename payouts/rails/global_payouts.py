"""Stripe Global Payouts: recipients with a bank account of their own, paid from the platform's financial account.

One outbound payment is transfer and bank leg at once. It cannot be reversed: canceled, failed or returned, its money is
back in the financial account by itself.
Source: https://docs.stripe.com/api/v2/money-management/outbound-payments and https://docs.stripe.com/global-payouts
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import stripe

from common.money import Money
from payouts.rails.base import (
    AccountFacts,
    Answer,
    BankLeg,
    Failure,
    Outcome,
    PayeeOrder,
    PreparedTransfer,
    ProviderUnavailable,
    Reaction,
    TopUpFacts,
    TransactionFacts,
    TransferFacts,
    TransferOrder,
    require_no_transaction,
)
from payouts.rails.failures import BANK_WORDS, OTHER_BANK_FAILURE
from payouts.rails.movements import entry_facts, group_of
from payouts.rails.reading import StripeCaller, digest, request_id_of

_PAGE: Final = 100
_BANK_STATUS: Final = {"processing": "IN_TRANSIT", "posted": "PAID", "failed": "FAILED", "returned": "FAILED"}
#: In these the money is back in the financial account.
_CAME_BACK: Final = frozenset({"canceled", "failed", "returned"})
#: Networks over which a recipient is asked to be reachable; a country has one or the other.
_NETWORKS: Final = ("local", "swift")
_TOP_UP_ENDS: Final = {
    "bank_debit_succeeded": "SUCCEEDED",
    "bank_debit_failed": "FAILED",
    "bank_debit_returned": "FAILED",
}
#: Events of a financial account that mean something to us. Source: https://docs.stripe.com/api/v2/core/events/event-types
_EVENT_TYPES: Final = tuple(
    f"v2.money_management.{name}"
    for name in (
        "inbound_transfer.available",
        "inbound_transfer.bank_debit_failed",
        "inbound_transfer.bank_debit_returned",
        "inbound_transfer.bank_debit_succeeded",
        "outbound_payment.canceled",
        "outbound_payment.created",
        "outbound_payment.failed",
        "outbound_payment.posted",
        "outbound_payment.returned",
    )
)


class GlobalRail(StripeCaller):
    """The protocol ``Rail`` over a Stripe client (see ``connect.make_client``) and one financial account.

    ``funding_method`` is the platform's bank account at Stripe from which top-ups are drawn; without one somebody wires
    money to the financial account.
    """

    name = "global"

    def __init__(self, client: stripe.StripeClient, *, financial_account: str, funding_method: str = "") -> None:
        """Pay from ``financial_account``."""
        super().__init__(client)
        self._account = financial_account
        self._funding_method = funding_method

    # Payments

    def prepare(self, order: TransferOrder) -> PreparedTransfer:
        """Return the request of an attempt; it names the bank account that was approved, and none other is paid."""
        currency = order.money.currency.lower()
        target = {"recipient": order.destination, "currency": (order.bank_currency or order.money.currency).lower()}
        params = {
            "amount": {"value": order.money.amount_minor, "currency": currency},
            "from": {"financial_account": self._account, "currency": currency},
            "to": target | ({"payout_method": order.bank} if order.bank else {}),
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
        return self._answer(lambda: self._payments.create(params, options))

    def reverse(self, *, transfer_id: str, idempotency_key: str) -> Answer:
        """Cancel a payment that has not left; one that has comes back by its bank alone, and is refused here."""
        options: Any = {"idempotency_key": idempotency_key}
        return self._answer(lambda: self._payments.cancel(transfer_id, {}, options))

    def _answer(self, call: Callable[[], Any]) -> Answer:
        require_no_transaction()
        try:
            payment = call()
            facts = _payment_facts(payment.to_dict())
        except Exception as error:
            failure = self.classify(error)
            return Answer(failure=failure, request_id=failure.request_id)
        return Answer(transfer=facts, request_id=request_id_of(payment))

    def find(self, payout_id: UUID, *, destination: str, since: datetime) -> list[TransferFacts]:
        """Look through what the recipient was paid since then for the payout's name."""
        found = self._list(self._payments.list, {"recipient": destination, **_created_since(since)})
        facts = [_payment_facts(row) for page in found for row in page]
        return [row for row in facts if row.group == group_of(payout_id)]

    def retrieve(self, transfer_id: str) -> TransferFacts:
        """Return a payment as it is now."""
        return _payment_facts(self._retrieve(transfer_id))

    def _retrieve(self, payment_id: str) -> dict[str, Any]:
        return dict(self._read(lambda: self._payments.retrieve(payment_id)).to_dict())

    def list_transfers(self, *, since: datetime | None) -> Iterator[Sequence[TransferFacts]]:
        """Yield payments, page by page."""
        for page in self._list(self._payments.list, _created_since(since)):
            yield [_payment_facts(row) for row in page]

    def find_bank_leg(self, transfer: TransferFacts, known_id: str) -> BankLeg | None:
        """Return the payment itself as its bank leg; none where it was called back before a bank had it."""
        payment = self._retrieve(transfer.provider_id)
        status = str(payment["status"])
        if status == "canceled":
            return None
        code = str(((payment.get("status_details") or {}).get(status) or {}).get("reason") or "")
        failed = status in _CAME_BACK
        words = BANK_WORDS.get(code, OTHER_BANK_FAILURE) if failed else ""
        return BankLeg(transfer.provider_id, _BANK_STATUS[status], code if failed else "", words)

    def list_refused(self, *, account_id: str, since: datetime) -> list[str]:
        """Return the ids of a recipient's payments since a moment that came back."""
        params = {"recipient": account_id, "status": ["failed", "returned"], **_created_since(since)}
        return [str(row["id"]) for page in self._list(self._payments.list, params) for row in page]

    @property
    def _payments(self) -> Any:
        return self._client.v2.money_management.outbound_payments

    # The financial account

    def available(self, currency: str) -> Money:
        """Return what can be sent now."""
        return Money(self._balances().get(currency, 0), currency)

    def balances(self) -> Mapping[str, int]:
        """Return the available balance by currency: an outbound payment leaves it at once, money in reaches it late."""
        return self._balances()

    def _balances(self) -> dict[str, int]:
        accounts = self._client.v2.money_management.financial_accounts
        account = self._read(lambda: accounts.retrieve(self._account)).to_dict()
        return {code.upper(): int(amount["value"]) for code, amount in account["balance"]["available"].items()}

    def list_transactions(self, *, since: datetime | None) -> Iterator[Sequence[TransactionFacts]]:
        """Yield the movements of the available balance: entries, since a transaction changes after it was made."""
        names = _Names(self, since)
        entries = self._client.v2.money_management.transaction_entries
        for page in self._list(entries.list, _created_since(since)):
            ours = [row for row in page if row["transaction_details"]["financial_account"] == self._account]
            moving = [row for row in ours if row["balance_impact"]["available"]["value"]]
            yield [entry_facts(row, names.reference_of) for row in moving]

    def list_events(self, *, since: datetime) -> Iterator[Sequence[bytes]]:
        """Yield the platform's events as JSON, page by page."""
        params = {"types": list(_EVENT_TYPES), **_created_since(since)}
        for page in self._list(self._client.v2.core.events.list, params):
            yield [json.dumps(event).encode() for event in page]

    def top_up(self, *, money: Money, idempotency_key: str) -> TopUpFacts:
        """Draw money from the platform's bank account; its key is the description, which ties movement and request."""
        if not self._funding_method:
            words = (
                "No bank account is set to draw from (STRIPE_FUNDING_METHOD): wire the money to the financial account."
            )
            raise ProviderUnavailable(Failure(Outcome.FINAL, Reaction.REQUEST_WRONG, "no_funding_method", words))
        currency = money.currency.lower()
        params: Any = {
            "amount": {"value": money.amount_minor, "currency": currency},
            "from": {"payment_method": self._funding_method, "currency": currency},
            "to": {"financial_account": self._account, "currency": currency},
            "description": idempotency_key,
        }
        options: Any = {"idempotency_key": idempotency_key}
        return _top_up_facts(self._read(lambda: self._inbound.create(params, options)).to_dict())

    def find_top_up(self, *, idempotency_key: str, since: datetime) -> TopUpFacts | None:
        """Look through the inbound transfers since then for the one that carries the key."""
        pages = self._list(self._inbound.list, _created_since(since))
        rows = (row for page in pages for row in page)
        return next((_top_up_facts(row) for row in rows if row.get("description") == idempotency_key), None)

    def retrieve_top_up(self, provider_id: str) -> TopUpFacts:
        """Return an inbound transfer as it is now."""
        return _top_up_facts(self._retrieve_inbound(provider_id))

    def _retrieve_inbound(self, provider_id: str) -> dict[str, Any]:
        return dict(self._read(lambda: self._inbound.retrieve(provider_id)).to_dict())

    @property
    def _inbound(self) -> Any:
        return self._client.v2.money_management.inbound_transfers

    # Payees

    def open_account(self, order: PayeeOrder) -> str:
        """Open a recipient account; a repetition with the same data finds the same account."""
        params: Any = {
            "contact_email": order.email,
            "display_name": order.legal_name,
            "identity": {"country": order.country.lower(), "entity_type": "individual"},
            "configuration": {
                "recipient": {"capabilities": {"bank_accounts": {name: {"requested": True} for name in _NETWORKS}}}
            },
            "metadata": {"payee": str(order.payee_id)},
        }
        return self._open_account(order, params)

    def retrieve_account(self, account_id: str) -> AccountFacts:
        """Return capabilities and requirements, and the payout method that is paid to.

        Stripe shows no fingerprint of a bank account here: the payout method's own name stands for it. Another bank account
        is another payout method; that two people have one bank account is not seen on this rail.
        """
        include: Any = {"include": ["configuration.recipient", "requirements"]}
        account = self._read(lambda: self._client.v2.core.accounts.retrieve(account_id, include)).to_dict()
        options: Any = {"stripe_context": account_id}
        methods = self._client.v2.money_management.payout_methods
        rows = self._read(lambda: methods.list({"limit": _PAGE}, options)).to_dict()["data"]
        return _account_facts(account, rows)

    def _list(self, list_them: Callable[..., Any], params: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        page = self._read(lambda: list_them({"limit": _PAGE, **params}))
        while True:
            yield [row.to_dict() for row in page.data]
            address = page.next_page_url
            if address is None:
                return
            page = self._read_page(address)

    def _read_page(self, address: str) -> Any:
        return self._read(lambda: self._client.deserialize(self._client.raw_request("get", address), api_mode="V2"))


class _Names:
    """Which of our payouts and top-ups the objects of a listing belong to; the payments of its time are read as one list."""

    def __init__(self, rail: GlobalRail, since: datetime | None) -> None:
        self._rail = rail
        self._since = since
        self._groups: dict[str, str] | None = None

    def reference_of(self, kind: str, source_id: str) -> str:
        """Return what our request called itself, as the group of a payout or the key of a top-up."""
        if kind == "inbound_transfer":
            return str(self._rail._retrieve_inbound(source_id).get("description") or "")
        if kind != "outbound_payment":
            return ""
        if self._groups is None:
            pages = self._rail.list_transfers(since=self._since)
            self._groups = {facts.provider_id: facts.group for page in pages for facts in page}
        if source_id not in self._groups:
            self._groups[source_id] = self._rail.retrieve(source_id).group
        return self._groups[source_id]


def _created_since(since: datetime | None) -> dict[str, Any]:
    if since is None:
        return {}
    return {"created": {"gte": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}}


def _payment_facts(payment: dict[str, Any]) -> TransferFacts:
    """Return an outbound payment as a transfer; money that came back is reversed, whoever sent it back."""
    metadata, amount, credited = payment.get("metadata") or {}, payment["amount"], payment["to"]["credited"]
    minor = int(amount["value"])
    return TransferFacts(
        provider_id=str(payment["id"]),
        amount_minor=minor,
        reversed_minor=minor if payment["status"] in _CAME_BACK else 0,
        currency=str(amount["currency"]).upper(),
        destination=str(payment["to"]["recipient"]),
        group=f"payout_{metadata['payout']}" if metadata.get("payout") else "",
        payment_id="",
        created_at=datetime.fromisoformat(str(payment["created"])),
        cycle=str(metadata.get("cycle", "")),
        arrives=Money(int(credited["value"]), str(credited["currency"]).upper()),
    )


def _top_up_facts(transfer: dict[str, Any]) -> TopUpFacts:
    history: list[dict[str, Any]] = transfer["transfer_history"]
    last: dict[str, Any] = history[-1] if history else {"type": ""}
    details = last.get(str(last["type"])) or {}
    detail = str(details.get("failure_reason") or details.get("return_reason") or "")
    return TopUpFacts(str(transfer["id"]), _TOP_UP_ENDS.get(str(last["type"]), "PENDING"), detail)


def _account_facts(account: dict[str, Any], methods: list[dict[str, Any]]) -> AccountFacts:
    recipient = (account.get("configuration") or {}).get("recipient") or {}
    banks = (recipient.get("capabilities") or {}).get("bank_accounts") or {}
    entries = (account.get("requirements") or {}).get("entries") or []
    wanted = [entry["description"] for entry in entries if entry["awaiting_action_from"] == "user"]
    method = next((row for row in methods if not row["archived"] and row["type"] == "bank_account"), None)
    usable = method is not None and method["usage_status"]["payments"] == "eligible"
    bank = (method or {}).get("bank_account") or {}
    return AccountFacts(
        account_id=str(account["id"]),
        transfers_status=_best_status([str(network.get("status")) for network in banks.values() if network]),
        payouts_status="ACTIVE" if usable else "RESTRICTED",
        requirements=tuple(wanted),
        bank_fingerprint=str((method or {}).get("id") or ""),
        bank_last4=str(bank.get("last4") or ""),
        bank_name=str(bank.get("bank_name") or "")[:200],
    )


def _best_status(statuses: list[str]) -> str:
    """Return how reachable a recipient is: one network is enough."""
    known = ("active", "pending", "restricted", "unsupported")
    return min((s for s in statuses if s in known), key=known.index, default="restricted").upper()
