"""Which endpoint answers which path."""

import re
from collections.abc import Callable
from typing import Any

from payouts.sandbox import accounts, balances, bank, financial, listing, onboarding, outbound, transfers
from payouts.sandbox.errors import Refusal, missing, refused
from payouts.sandbox.forms import check_known
from payouts.sandbox.store import Document
from payouts.sandbox.world import World, public

Route = Callable[..., Document]


def _equals(name: str) -> Callable[[Document, Any], bool]:
    return lambda item, value: item.get(name) == value


def _list_transfers(world: World, account: str, params: dict[str, Any]) -> Document:
    rows = world.store.listed("transfer", account, params.get("transfer_group"))
    filters = {"transfer_group": _equals("transfer_group"), "destination": _equals("destination")}
    return listing.page(rows, params, "/v1/transfers", filters)


def _list_reversals(world: World, account: str, params: dict[str, Any], transfer: str) -> Document:
    listing.one(world, "transfer", transfer, account)
    return listing.page(
        world.store.listed("transfer_reversal", account, transfer), params, f"/v1/transfers/{transfer}/reversals", {}
    )


def _list_payouts(world: World, account: str, params: dict[str, Any]) -> Document:
    filters = {"status": _equals("status"), "destination": _equals("destination")}
    return listing.page(world.store.listed("payout", account), params, "/v1/payouts", filters)


def _list_transactions(world: World, account: str, params: dict[str, Any]) -> Document:
    payout = params.get("payout")
    if payout is not None and not listing.one(world, "payout", payout, account)["automatic"]:
        raise refused(
            "Balance transaction history can only be filtered on automatic payouts, not manual.", param="payout"
        )
    filters = {
        "payout": lambda item, value: True,  # the query has already chosen by it
        "type": _equals("type"),
        "source": _equals("source"),
        "currency": _equals("currency"),
    }
    rows = world.store.listed("balance_transaction", account, payout)
    return listing.page(rows, params, "/v1/balance_transactions", filters)


def _list_events(world: World, account: str, params: dict[str, Any]) -> Document:
    filters = {"type": _equals("type"), "types": lambda item, value: item["type"] in value}
    return listing.page(world.store.listed("event", account), params, "/v1/events", filters)


def _list_topups(world: World, account: str, params: dict[str, Any]) -> Document:
    return listing.page(world.store.listed("topup", account), params, "/v1/topups", {"status": _equals("status")})


def _v2_list(kind: str, url: str, **filters: Callable[[Document, Any], bool]) -> Route:
    def read(world: World, account: str, params: dict[str, Any]) -> Document:
        rows = (public(row.body) for row in world.store.listed(kind, account))
        return listing.v2_page(rows, params, url, filters)

    return read


def _list_payout_methods(world: World, account: str, params: dict[str, Any]) -> Document:
    methods = outbound.list_methods(world, account)
    return listing.v2_page(methods, params, "/v2/money_management/payout_methods", {})


_list_outbound_payments = _v2_list(
    "outbound_payment",
    "/v2/money_management/outbound_payments",
    recipient=lambda item, value: item["to"]["recipient"] == value,
    status=lambda item, value: item["status"] in value,
)
_list_v2_events = _v2_list(
    "v2_event",
    "/v2/core/events",
    types=lambda item, value: item["type"] in value,
    object_id=lambda item, value: item["related_object"]["id"] == value,
)


def _one(kind: str) -> Route:
    def retrieve(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
        check_known(params, ["expand"])
        return listing.one(world, kind, identifier, account)

    return retrieve


def _retrieve_reversal(world: World, account: str, params: dict[str, Any], transfer: str, identifier: str) -> Document:
    reversal = listing.one(world, "transfer_reversal", identifier, account)
    if reversal["transfer"] != transfer:
        raise missing("transfer_reversal", identifier)
    return reversal


def _retrieve_v2_account(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
    check_known(params, ["include"])
    return accounts.v2_view(world, accounts.load(world, identifier), params.get("include") or [])


def _retrieve_v1_account(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
    check_known(params, ["expand"])
    return accounts.v1_view(world, accounts.load(world, identifier))


def _external_accounts(world: World, account: str, params: dict[str, Any], identifier: str) -> Document:
    check_known(params, ["object", "limit", "expand", "starting_after", "ending_before"])
    accounts.load(world, identifier)
    return accounts.external_accounts(world, identifier)


_ROUTES: list[tuple[str, str, Route]] = [
    ("POST", "/v2/core/accounts", lambda world, account, params: accounts.create(world, params)),
    ("GET", "/v2/core/accounts/{}", _retrieve_v2_account),
    ("POST", "/v2/core/accounts/{}", lambda world, account, params, name: accounts.update(world, name, params)),
    ("POST", "/v2/core/account_links", lambda world, account, params: onboarding.create_link(world, params)),
    ("GET", "/v1/accounts/{}", _retrieve_v1_account),
    ("GET", "/v1/accounts/{}/external_accounts", _external_accounts),
    ("POST", "/v1/transfers", lambda world, account, params: public(transfers.create_transfer(world, params))),
    ("GET", "/v1/transfers", _list_transfers),
    ("GET", "/v1/transfers/{}", _one("transfer")),
    (
        "POST",
        "/v1/transfers/{}/reversals",
        lambda world, account, params, name: transfers.create_reversal(world, name, params),
    ),
    ("GET", "/v1/transfers/{}/reversals", _list_reversals),
    ("GET", "/v1/transfers/{}/reversals/{}", _retrieve_reversal),
    ("POST", "/v1/payouts", lambda world, account, params: public(bank.create_payout(world, account, params))),
    ("GET", "/v1/payouts", _list_payouts),
    ("GET", "/v1/payouts/{}", _one("payout")),
    ("GET", "/v1/charges/{}", _one("charge")),
    ("GET", "/v1/balance", lambda world, account, params: balances.balance(world, account)),
    ("GET", "/v1/balance_transactions", _list_transactions),
    ("GET", "/v1/balance_transactions/{}", _one("balance_transaction")),
    ("POST", "/v1/topups", lambda world, account, params: transfers.create_topup(world, params)),
    ("GET", "/v1/topups", _list_topups),
    ("GET", "/v1/topups/{}", _one("topup")),
    ("GET", "/v2/money_management/financial_accounts/{}", financial.view),
    ("POST", "/v2/money_management/outbound_payments", outbound.create),
    ("GET", "/v2/money_management/outbound_payments", _list_outbound_payments),
    ("GET", "/v2/money_management/outbound_payments/{}", _one("outbound_payment")),
    ("POST", "/v2/money_management/outbound_payments/{}/cancel", outbound.cancel),
    ("POST", "/v2/money_management/inbound_transfers", financial.create_inbound_transfer),
    (
        "GET",
        "/v2/money_management/inbound_transfers",
        _v2_list("inbound_transfer", "/v2/money_management/inbound_transfers"),
    ),
    ("GET", "/v2/money_management/inbound_transfers/{}", _one("inbound_transfer")),
    (
        "GET",
        "/v2/money_management/transaction_entries",
        _v2_list(
            "transaction_entry",
            "/v2/money_management/transaction_entries",
            transaction=lambda item, value: item["transaction"] == value,
        ),
    ),
    ("GET", "/v2/money_management/payout_methods", _list_payout_methods),
    ("GET", "/v2/core/events", _list_v2_events),
    ("GET", "/v1/events", _list_events),
    ("GET", "/v1/events/{}", _one("event")),
]
_COMPILED = [
    (method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)") + "/?"), route) for method, path, route in _ROUTES
]


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """Return the endpoint for a path with the identifiers in it.

    Raises:
        Refusal: the stand-in has no such endpoint.
    """
    for known, pattern, route in _COMPILED:
        match = pattern.fullmatch(path)
        if known == method and match:
            return route, match.groups()
    raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")
