"""The gate before a provider: every request of a rail, whichever call makes it, waits for its turn and is watched.

It stands at the transport, so that submitting, looking up and following share one pace for each endpoint, as the
provider counts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from payouts.rails.base import require_no_transaction
from payouts.rails.commands import ask_circuit, note_failure, note_success, slow_down, take_slot

_ID = re.compile(r"[a-z]+_.*[0-9A-Z].*")


class GatedClient(stripe.HTTPClient):
    """A transport that paces and watches another one.

    A call that may not go out ends like one that found no connection, code ``circuit_open`` or ``too_many_waiting``:
    nothing was sent, and the same request may be sent again.
    """

    name = "gated"

    def __init__(self, inner: stripe.HTTPClient, rail: str) -> None:
        """Stand before ``inner``; processes that name the same rail share its pace."""
        super().__init__()
        self.inner = inner
        self.rail = rail

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send a request when it is its turn."""
        require_no_transaction()
        endpoint = endpoint_of(method, url)
        passage = ask_circuit(rail=self.rail)
        if passage == "OPEN":
            raise _not_sent("The provider does not answer; nothing is sent for a while.", "circuit_open")
        wait_s = take_slot(rail=self.rail, endpoint=endpoint)
        if wait_s is None:
            raise _not_sent("Too many calls are waiting for their turn.", "too_many_waiting")
        time.sleep(wait_s)
        return self._send(method, url, headers, post_data, endpoint, is_probe=passage == "PROBE")

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any,
        endpoint: str,
        *,
        is_probe: bool,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            body, status, answered = self.inner.request(method, url, headers, post_data)
        except stripe.APIConnectionError as error:
            note_failure(rail=self.rail, error=str(error), is_probe=is_probe)
            raise
        # What was stored under a key is given again however well the provider is now.
        if status >= 500 and (answered or {}).get("Idempotent-Replayed") != "true":
            note_failure(rail=self.rail, error=f"HTTP {status}", is_probe=is_probe)
        else:
            note_success(rail=self.rail, is_probe=is_probe)
        if status == 429:
            slow_down(rail=self.rail, endpoint=endpoint)
        return body, status, answered

    def close(self) -> None:
        """Close the transport behind."""
        self.inner.close()  # type: ignore[no-untyped-call]  # the library's own


def endpoint_of(method: str, url: str) -> str:
    """Return what the provider counts as one endpoint: the method and the path without identifiers."""
    parts = ["{}" if _ID.fullmatch(part) else part for part in urlsplit(url).path.split("/")]
    return f"{method.upper()} {'/'.join(parts)}"[:200]


def _not_sent(words: str, code: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(words, code=code)  # type: ignore[no-untyped-call]  # the library's own
