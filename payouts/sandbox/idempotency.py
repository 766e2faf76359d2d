"""Idempotency as Stripe keeps it.

The first answer under a key is stored with the request's fingerprint and given again, a 500 included; other parameters
under the key are refused; a second request while the first still runs is refused with 409; v1 keys are forgotten after
24 hours, v2 keys after 30 days. An answer given before the endpoint began to run is not stored.

Source: https://docs.stripe.com/api/idempotent_requests
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from payouts.sandbox.errors import Refusal
from payouts.sandbox.forms import decode_form, decode_json
from payouts.sandbox.store import Store

_KEPT_SECONDS = {"v1": 24 * 3600, "v2": 30 * 24 * 3600}
_MAX_KEY_LENGTH = 255


class HasRequest(Protocol):
    """The parts of a request that make its fingerprint."""

    @property
    def method(self) -> str:
        """HTTP method."""

    @property
    def path(self) -> str:
        """Path without the query."""

    @property
    def body(self) -> bytes:
        """Raw body."""


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer given before."""

    status: int
    body: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A key in use by one request: what to replay, or how to keep the answer."""

    scope: str
    key: str
    keep: Callable[[int, str, str, int], None]
    replay: Replay | None = None


class Idempotency:
    """The keys of one stand-in; the caller holds the lock and the transaction."""

    def __init__(self, store: Store) -> None:
        """Start with no request running."""
        self._store = store
        self._running: set[tuple[str, str]] = set()

    def begin(self, request: HasRequest, account: str, key: str, now: int) -> Slot:
        """Take a key for a request.

        Raises:
            Refusal: the key is too long, in use right now, or was used with other parameters.
        """
        if len(key) > _MAX_KEY_LENGTH:
            raise Refusal(400, "invalid_request_error", "Idempotency keys may have at most 255 characters.")
        version = request.path.split("/", 2)[1]
        scope = f"{version}:{account}"
        self._store.prune_answers(now - _KEPT_SECONDS.get(version, _KEPT_SECONDS["v1"]), version)
        if (scope, key) in self._running:
            raise Refusal(
                409,
                "idempotency_error" if version == "v2" else "invalid_request_error",
                f"There is currently another in-progress request using this Idempotency Key: {key}.",
                "idempotency_key_in_use",
            )
        fingerprint = _fingerprint(request)
        stored = self._store.answer(scope, key)
        if stored is not None and stored[0] != fingerprint:
            raise Refusal(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
                f" Try using a key other than '{key}' if you meant to execute a different request.",
            )

        def keep(status: int, body: str, request_id: str, created: int) -> None:
            self._store.keep_answer(scope, key, fingerprint, status, body, request_id, created)

        if stored is not None:
            return Slot(scope, key, keep, Replay(stored[1], stored[2], stored[3]))
        self._running.add((scope, key))
        return Slot(scope, key, keep)

    def end(self, slot: Slot) -> None:
        """Give a key free again."""
        self._running.discard((slot.scope, slot.key))


def _fingerprint(request: HasRequest) -> str:
    """Return a digest of what is asked, whatever the order in which the parameters are written."""
    is_v2 = request.path.startswith("/v2/")
    params = decode_json(request.body) if is_v2 else decode_form(request.body.decode("utf-8", "replace"))
    return hashlib.sha256(json.dumps([request.method, request.path, params], sort_keys=True).encode()).hexdigest()
