"""Stripe's own library as a judge where its OpenAPI document is silent: the money-management API of v2.

The document of the test package covers ``/v2/core`` alone. The classes of the installed library are generated from the
newer document, so that fields, their presence and the words of closed lists can be read off them.
"""

import json
import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe.params.v2.money_management import _inbound_transfer_create_params as inbound
from stripe.params.v2.money_management import _inbound_transfer_list_params as inbound_list
from stripe.params.v2.money_management import _outbound_payment_create_params as outbound
from stripe.params.v2.money_management import _outbound_payment_list_params as outbound_list
from stripe.params.v2.money_management import _payout_method_list_params as methods
from stripe.params.v2.money_management import _transaction_entry_list_params as entries
from stripe.v2 import money_management

from payouts.sandbox.core import Request, Response
from payouts.sandbox.forms import decode_form

MONEY_MANAGEMENT = "/v2/money_management/"
_OBJECTS = {
    "financial_accounts": money_management.FinancialAccount,
    "inbound_transfers": money_management.InboundTransfer,
    "outbound_payments": money_management.OutboundPayment,
    "payout_methods": money_management.PayoutMethod,
    "transaction_entries": money_management.TransactionEntry,
}
_CREATED = {
    "inbound_transfers": inbound.InboundTransferCreateParams,
    "outbound_payments": outbound.OutboundPaymentCreateParams,
}
_LISTED = {
    "inbound_transfers": inbound_list.InboundTransferListParams,
    "outbound_payments": outbound_list.OutboundPaymentListParams,
    "payout_methods": methods.PayoutMethodListParams,
    "transaction_entries": entries.TransactionEntryListParams,
}


def check_typed_exchange(request: Request, response: Response) -> None:
    """Fail if a request or its answer is not what the library's classes describe."""
    family, *rest = request.path.removeprefix(MONEY_MANAGEMENT).split("/")
    body = json.loads(response.body)
    if request.method == "POST" and not rest:
        _check(_CREATED[family], json.loads(request.body), f"the request of {family}", is_answer=False)
    elif request.method == "GET" and not rest:
        known = {*get_type_hints(_LISTED[family]), "page"}
        assert set(decode_form(request.query)) <= known, f"Stripe cannot list {family} by {request.query}"
    if response.status != 200:
        assert {"type", "message"} <= set(body["error"])
    elif request.method == "GET" and not rest:
        assert set(body) == {"data", "next_page_url", "previous_page_url"}
        for item in body["data"]:
            _check(_OBJECTS[family], item, family, is_answer=True)
    else:
        _check(_OBJECTS[family], body, family, is_answer=True)


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """Return field -> type of a class of answers or of parameters."""
    hints = get_type_hints(kind)
    if issubclass(kind, StripeObject):
        renamed = getattr(kind, "_field_remappings", {})
        own = set(hints) - set(get_type_hints(StripeObject)) - {"OBJECT_NAME"}
        return {renamed.get(name, name): hints[name] for name in own if not name.startswith("_")}
    return hints


def _check(kind: Any, value: Any, place: str, *, is_answer: bool) -> None:
    assert isinstance(value, dict), f"{place} is no object"
    fields = _fields(kind)
    assert set(value) <= set(fields), f"{place}: Stripe does not know {set(value) - set(fields)}"
    needed = (
        {name for name, hint in fields.items() if type(None) not in get_args(hint)}
        if is_answer
        else set(getattr(kind, "__required_keys__", ()))
    )
    assert needed <= set(value), f"{place}: {needed - set(value)} is missing"
    for name, inner in value.items():
        _check_value(fields[name], inner, f"{place}.{name}", is_answer)


def _check_value(hint: Any, value: Any, place: str, is_answer: bool) -> None:
    choices = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if value is None:
        assert type(None) in choices, f"{place} is null"
    # Where any text may stand the list of words is open, and keys may be somebody's own.
    elif str not in choices and not any(UntypedStripeObject in (choice, get_origin(choice)) for choice in choices):
        for choice in choices:
            _check_choice(choice, value, place, is_answer)


def _check_choice(choice: Any, value: Any, place: str, is_answer: bool) -> None:
    if get_origin(choice) is Literal:
        assert value in get_args(choice), f"{place}: {value!r} is none of {get_args(choice)}"
    elif get_origin(choice) is list:
        for item in value:
            _check_value(get_args(choice)[0], item, place, is_answer)
    elif choice in (int, bool):
        assert isinstance(value, choice), f"{place}: {value!r} is no {choice.__name__}"
    elif isinstance(choice, type) and (issubclass(choice, StripeObject) or hasattr(choice, "__required_keys__")):
        _check(choice, value, place, is_answer=is_answer)
