"""The failure table, row by row; and where money can go."""

from __future__ import annotations

import pytest
import stripe
from django.db import transaction

from payouts.rails.base import Outcome, Reaction, require_no_transaction
from payouts.rails.capabilities import find_route, list_currencies
from payouts.rails.connect import make_client
from payouts.rails.failures import classify_stripe_error


def refused(code: str, param: str | None = None, status: int = 400) -> stripe.StripeError:
    return stripe.InvalidRequestError("no", param, code, None, status, {}, {"Request-Id": "req_1"})


ROWS = [
    (stripe.APIConnectionError("timeout"), Outcome.RETRYABLE, Reaction.RESEND),
    (stripe.APIError("in use", None, 409, {}, {}), Outcome.RETRYABLE, Reaction.RESEND),
    (stripe.RateLimitError("slow", None, 429, {}, {}), Outcome.RETRYABLE, Reaction.SLOW_DOWN),
    (stripe.APIError("oops", None, 500, {}, {}), Outcome.UNKNOWN, Reaction.LOOK_UP),
    (stripe.APIError("bad gateway", None, 502, {}, {}), Outcome.UNKNOWN, Reaction.LOOK_UP),
    (stripe.APIError("unreadable", None, 200, {}, {}), Outcome.UNKNOWN, Reaction.LOOK_UP),
    (ValueError("a bug after the call"), Outcome.UNKNOWN, Reaction.LOOK_UP),
    (stripe.IdempotencyError("other", None, 400, {}, {}), Outcome.UNKNOWN, Reaction.FREEZE),
    (refused("balance_insufficient"), Outcome.FINAL, Reaction.WAIT_FOR_FUNDS),
    (refused("insufficient_capabilities_for_transfer", "destination"), Outcome.FINAL, Reaction.PAYEE_MUST_ACT),
    (refused("account_invalid"), Outcome.FINAL, Reaction.PAYEE_MUST_ACT),
    (refused("resource_missing", "destination"), Outcome.FINAL, Reaction.PAYEE_MUST_ACT),
    (refused("transfers_not_allowed"), Outcome.FINAL, Reaction.PAYEE_MUST_ACT),
    (refused("amount_too_small", "amount"), Outcome.FINAL, Reaction.REQUEST_WRONG),
    (refused("parameter_unknown", "amuont"), Outcome.FINAL, Reaction.REQUEST_WRONG),
    (stripe.AuthenticationError("key", None, 401, {}, {}), Outcome.FINAL, Reaction.STOP_ALL),
    (stripe.PermissionError("no", None, 403, {}, {}), Outcome.FINAL, Reaction.STOP_ALL),
]


@pytest.mark.parametrize(("error", "outcome", "reaction"), ROWS, ids=[f"{r[1]}-{i}" for i, r in enumerate(ROWS)])
def test_an_error_proves_what_the_table_says(error: Exception, outcome: Outcome, reaction: Reaction) -> None:
    failure = classify_stripe_error(error)

    assert (failure.outcome, failure.reaction) == (outcome, reaction)


def test_only_what_the_expert_can_mend_has_words_for_them() -> None:
    for error, _, reaction in ROWS:
        words = classify_stripe_error(error).words
        assert bool(words) is (reaction in {Reaction.PAYEE_MUST_ACT, Reaction.REQUEST_WRONG})


def test_the_client_waits_30_seconds_and_never_repeats_by_itself() -> None:
    client = make_client("sk_test_1", "http://127.0.0.1:9")

    assert client._requestor._client.inner._timeout == (5.0, 30.0)
    assert client._requestor._options.max_network_retries == 0


@pytest.mark.django_db(transaction=True)
def test_a_call_inside_a_transaction_is_refused() -> None:
    require_no_transaction()
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        require_no_transaction()


@pytest.mark.parametrize(
    ("country", "currency", "is_available", "rail"),
    [
        ("DE", "EUR", True, "connect"),
        ("US", "USD", True, "connect"),
        ("US", "EUR", False, ""),
        ("KE", "USD", False, "global"),
        ("KP", "USD", False, ""),
    ],
)
def test_a_route_is_known_or_said_to_be_missing(country: str, currency: str, is_available: bool, rail: str) -> None:
    route = find_route(country, currency)

    assert (route.is_available, route.rail) == (is_available, rail)
    assert route.words


def test_every_country_is_paid_in_its_own_currency() -> None:
    own = {"PL": "PLN", "SE": "SEK", "HU": "HUF", "CZ": "CZK", "GB": "GBP", "CA": "CAD", "CH": "CHF", "RO": "RON"}

    assert all(currency in list_currencies(country) for country, currency in own.items())
