"""The real `stripe` library straight into the stand-in, without a socket; every exchange is judged."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from payouts.sandbox.core import Request, Response, Sandbox
from payouts.sandbox.errors import ConnectionDropped
from tests.payouts.support.openapi import check_exchange


class InProcess(stripe.HTTPClient):
    """A transport for `StripeClient` that calls a stand-in in this process."""

    name = "in-process"

    def __init__(self, sandbox: Sandbox, *, judge: Callable[[Request, Response], None] | None = check_exchange) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.judge = judge
        self.exchanges: list[tuple[Request, Response]] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        parts = urlsplit(url)
        body = post_data.encode() if isinstance(post_data, str) else (post_data or b"")
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(method.upper(), parts.path, parts.query, lowered, body)
        try:
            response = self.sandbox.handle(request)
        except ConnectionDropped as error:
            raise stripe.APIConnectionError("the connection was dropped", should_retry=True) from error
        if self.judge is not None and response.status < 500:
            self.judge(request, response)
        self.exchanges.append((request, response))
        return response.body, response.status, CaseInsensitiveDict(response.headers)

    def close(self) -> None:
        """Nothing is open."""


def make_client(sandbox: Sandbox) -> stripe.StripeClient:
    """Return the real library's client on a stand-in."""
    return stripe.StripeClient(
        sandbox.settings.api_key,
        base_addresses={"api": "http://stand-in"},
        max_network_retries=0,
        http_client=InProcess(sandbox),
    )


def hosted_form(sandbox: Sandbox, url: str, **fields: str) -> Response:
    """Fill in the hosted form behind an account link, as a person would."""
    values = {"account_holder": "Ada Obi", "account_number": "000123456789", "accept": "yes", **fields}
    return sandbox.handle(Request("POST", urlsplit(url).path, body=urlencode(values).encode()))
