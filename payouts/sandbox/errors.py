"""Refusals in Stripe's shape.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Refusal(Exception):
    """An answer other than success.

    `executed` says whether the endpoint had begun to run: only then does Stripe keep the answer under the idempotency
    key, so that a mistake in the parameters may be mended under the same key but a lack of funds may not.
    """

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None
    executed: bool = False

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON document that carries this refusal."""
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + self.code.replace("_", "-")
        if self.param is not None:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


class ConnectionDropped(Exception):
    """Raised by a hook to let the transport break off without an answer."""


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refusal:
    """Return a 400 for parameters that were never acted on."""
    return Refusal(400, "invalid_request_error", message, code, param)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> Refusal:
    """Return a 400 for a well-formed request that the state of the account forbids."""
    return Refusal(400, "invalid_request_error", message, code, param, executed=True)


def missing(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> Refusal:
    """Return the answer for an object that does not exist."""
    return Refusal(
        status, "invalid_request_error", f"No such {kind}: '{identifier}'", "resource_missing", param, executed=False
    )
