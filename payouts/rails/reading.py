"""What rails over Stripe share: asking it, opening accounts, and reading lists a page at a time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import stripe

from payouts.rails.base import Failure, Link, PayeeOrder, ProviderUnavailable, TransactionFacts, require_no_transaction
from payouts.rails.failures import classify_stripe_error
from payouts.rails.movements import transaction_facts

_PAGE = 100
#: The platform's own events that mean something to us. Source: https://docs.stripe.com/api/events/types
_EVENT_TYPES = (
    "topup.canceled",
    "topup.created",
    "topup.failed",
    "topup.reversed",
    "topup.succeeded",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
)


class StripeCaller:
    """What is one over every rail of Stripe: errors, and the accounts of payees."""

    def __init__(self, client: stripe.StripeClient) -> None:
        """Use a client that paces itself and never retries."""
        self._client = client

    def classify(self, error: Exception) -> Failure:
        """Return what an error proves and asks for."""
        return classify_stripe_error(error)

    def _open_account(self, order: PayeeOrder, params: Any) -> str:
        # The key follows the parameters: who corrects a name after a time-out must not be stuck for 30 days.
        options: Any = {"idempotency_key": f"payee_{order.payee_id}_{digest(json.dumps(params, sort_keys=True))[:16]}"}
        return str(self._read(lambda: self._client.v2.core.accounts.create(params, options)).id)

    def onboarding_link(self, *, account_id: str, return_url: str, refresh_url: str, is_update: bool) -> Link:
        """Return the hosted page; ``is_update`` for someone who was onboarded before."""
        flow = "account_update" if is_update else "account_onboarding"
        use_case: Any = {"type": flow, flow: {"refresh_url": refresh_url, "return_url": return_url}}
        link = self._read(
            lambda: self._client.v2.core.account_links.create({"account": account_id, "use_case": use_case})
        )
        return Link(str(link.url), datetime.fromisoformat(str(link.expires_at)))

    def _read(self, call: Callable[[], Any]) -> Any:
        require_no_transaction()
        try:
            return call()
        except stripe.StripeError as error:
            raise ProviderUnavailable(self.classify(error)) from error


class StripeReader(StripeCaller):
    """The reading half of a rail over the balance of v1."""

    def balances(self) -> Mapping[str, int]:
        """Return available and pending money together, by currency."""
        balance = self._read(lambda: self._client.v1.balance.retrieve())
        sums = Counter[str]()
        for item in [*balance.available, *balance.pending]:
            sums[str(item.currency).upper()] += int(item.amount)
        return sums

    def list_transactions(self, *, since: datetime | None) -> Iterator[Sequence[TransactionFacts]]:
        """Yield balance transactions with their origin, page by page."""
        params = {"expand": ["data.source"], **_created_since(since)}
        for page in self._pages(self._client.v1.balance_transactions.list, params):
            yield [transaction_facts(row.to_dict(), self._group_of_reversed) for row in page]

    def _group_of_reversed(self, transfer_id: str) -> str:
        transfer = self._read(lambda: self._client.v1.transfers.retrieve(transfer_id))
        return str(transfer.transfer_group or "")

    def list_events(self, *, since: datetime) -> Iterator[Sequence[bytes]]:
        """Yield the platform's events as JSON, page by page."""
        params = {"types": list(_EVENT_TYPES), **_created_since(since)}
        for page in self._pages(self._client.v1.events.list, params):
            yield [json.dumps(event.to_dict()).encode() for event in page]

    def list_refused(self, *, account_id: str, since: datetime) -> list[str]:
        """Return the ids of an account's bank payouts since a moment that its bank refused or sent back."""
        params = {"status": "failed", **_created_since(since)}
        pages = self._pages(self._client.v1.payouts.list, params, {"stripe_account": account_id})
        return [str(payout.id) for page in pages for payout in page]

    def _pages(self, list_them: Callable[..., Any], params: dict[str, Any], options: Any = None) -> Iterator[list[Any]]:
        cursor: dict[str, Any] = {}
        while True:
            page = self._read_page(list_them, {"limit": _PAGE, **params, **cursor}, options)
            yield page.data
            if not page.has_more:
                return
            cursor = {"starting_after": page.data[-1].id}

    def _read_page(self, list_them: Callable[..., Any], params: dict[str, Any], options: Any) -> Any:
        return self._read(lambda: list_them(params, options))


def digest(body: str) -> str:
    """Return the sha256 of a request's body, in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def request_id_of(answer: Any) -> str:
    """Return Stripe's name of the request that an object came by."""
    return str(getattr(getattr(answer, "last_response", None), "request_id", "") or "")


def _created_since(since: datetime | None) -> dict[str, Any]:
    return {} if since is None else {"created": {"gte": int(since.timestamp())}}
