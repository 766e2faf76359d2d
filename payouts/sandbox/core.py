"""The stand-in itself: authentication, idempotency, routing and the passing of time."""

import hmac
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from payouts.sandbox import accounts, balances, bank, financial, onboarding, outbound, transfers
from payouts.sandbox.control import CONTROL
from payouts.sandbox.errors import Refusal
from payouts.sandbox.forms import decode_form, decode_json
from payouts.sandbox.idempotency import Idempotency
from payouts.sandbox.listing import expand
from payouts.sandbox.routes import find_route
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.store import Document, Row, Store
from payouts.sandbox.world import DEFAULT_API_VERSION, PLATFORM, Caller, World, system_clock


@dataclass(frozen=True, slots=True)
class Request:
    """A request as any transport carries it; header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as any transport carries it."""

    status: int
    headers: dict[str, str]
    body: bytes


Hook = Callable[[str, Request], None]
"""Called with the name of a point ("received", "before_effect", "after_effect") outside any lock.

A hook may wait, raise Refusal to answer in the endpoint's place, or raise ConnectionDropped to give no answer.
"""


class Sandbox:
    """One platform account with its connected accounts, on one clock. Safe to use from many threads."""

    def __init__(
        self,
        settings: SandboxSettings | None = None,
        *,
        clock: Callable[[], datetime] = system_clock,
        hook: Hook | None = None,
    ) -> None:
        """Open the state that the settings name, or an empty one in memory."""
        self.settings = settings or SandboxSettings()
        if self.settings.api_key.startswith(("sk_live", "rk_live")):
            raise ValueError("the stand-in refuses live keys")
        self.store = Store(self.settings.state, self.settings.seed)
        self.world = World(self.store, self.settings, clock)
        self.hook = hook
        self._lock = threading.RLock()
        self._idempotency = Idempotency(self.store)

    def close(self) -> None:
        """Close the state file."""
        with self._lock:
            self.store.close()

    # Requests

    def handle(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ConnectionDropped: a hook broke the connection; whatever was done before stays done.
        """
        if request.path.startswith("/setup/"):
            return self._hosted(request)
        with self._lock, self.store.transaction():
            request_id = self.store.new_id("req", 14)
        headers = {"Content-Type": "application/json", "Request-Id": request_id}
        version = request.headers.get("stripe-version") or DEFAULT_API_VERSION
        headers["Stripe-Version"] = version
        try:
            self._authenticate(request)
            self._visit("received", request)
            status, body = self._answer(request, request_id, version, headers)
        except Refusal as refusal:
            status, body = refusal.status, json.dumps(refusal.body(request_id), indent=2)
        return Response(status, headers, body.encode())

    def _visit(self, point: str, request: Request) -> None:
        if self.hook is not None:
            self.hook(point, request)

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(key.encode(), self.settings.api_key.encode()):
            shown = f"{key[:8]}****{key[-4:]}" if len(key) > 12 else "****"
            raise Refusal(401, "invalid_request_error", f"Invalid API Key provided: {shown}")

    def _answer(self, request: Request, request_id: str, version: str, headers: dict[str, str]) -> tuple[int, str]:
        if request.path.startswith("/_sandbox/"):
            return self._control(request)
        key = request.headers.get("idempotency-key")
        account = request.headers.get("stripe-account") or request.headers.get("stripe-context", PLATFORM)
        caller = Caller(account, request_id, key, version)
        if request.method != "POST" or key is None:
            return self._execute(request, caller, None)
        headers["Idempotency-Key"] = key
        with self._lock, self.store.transaction():
            slot = self._idempotency.begin(request, caller.account, key, self.world.now())
        if slot.replay is not None:
            headers["Idempotent-Replayed"] = "true"
            headers["Original-Request"] = slot.replay.request_id
            return slot.replay.status, slot.replay.body
        try:
            return self._execute(request, caller, slot.keep)
        finally:
            with self._lock:
                self._idempotency.end(slot)

    def _execute(
        self, request: Request, caller: Caller, keep: Callable[[int, str, str, int], None] | None
    ) -> tuple[int, str]:
        """Run the endpoint and keep its answer under the key in the same transaction."""
        try:
            self._visit("before_effect", request)
            status, body = self._take_effect(request, caller, keep)
            # An endpoint that did its work and then broke: the error is what stays under the key.
            self._visit("after_effect", request)
        except Refusal as refusal:
            if keep and refusal.executed and not request.path.startswith("/v2/"):
                with self._lock, self.store.transaction():
                    self._keep_refusal(keep, refusal, caller)
            raise
        if request.method == "POST":
            self.advance()
        return status, body

    def _take_effect(
        self, request: Request, caller: Caller, keep: Callable[[int, str, str, int], None] | None
    ) -> tuple[int, str]:
        with self._lock, self.store.transaction():
            self.world.caller = caller
            try:
                status, body = 200, json.dumps(self._run(request, caller), indent=2)
            finally:
                self.world.caller = Caller()
            if keep:
                keep(status, body, caller.request_id or "", self.world.now())
        return status, body

    def _keep_refusal(self, keep: Callable[[int, str, str, int], None], refusal: Refusal, caller: Caller) -> None:
        request_id = caller.request_id or ""
        keep(refusal.status, json.dumps(refusal.body(request_id), indent=2), request_id, self.world.now())

    def _run(self, request: Request, caller: Caller) -> Document:
        account = accounts.owner(self.world, caller.account)
        route, arguments = find_route(request.method, request.path)
        params = decode_form(request.query)
        if request.method == "POST":
            is_v2 = request.path.startswith("/v2/")
            params = decode_json(request.body) if is_v2 else decode_form(request.body.decode("utf-8", "replace"))
        answer = route(self.world, account, params, *arguments)
        # The stored object must not be changed by filling in what the caller asked to see.
        return expand(self.world, json.loads(json.dumps(answer)), params.get("expand"))

    # The hosted form and the switches

    def _hosted(self, request: Request) -> Response:
        token = request.path.removeprefix("/setup/").strip("/")
        html = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        try:
            with self._lock, self.store.transaction():
                if request.method == "POST":
                    fields = decode_form(request.body.decode("utf-8", "replace"))
                    result = onboarding.submit(self.world, token, fields)
                else:
                    result = onboarding.page(onboarding.open_link(self.world, token)[1])
        except onboarding.Redirect as redirect:
            result = redirect
        except Refusal as refusal:
            return Response(404, {"Content-Type": "text/plain; charset=utf-8"}, refusal.message.encode())
        self.advance()
        if isinstance(result, onboarding.Redirect):
            return Response(303, {"Location": result.url, "Content-Type": "text/plain; charset=utf-8"}, b"")
        return Response(200, html, result.encode())

    def _control(self, request: Request) -> tuple[int, str]:
        name = request.path.removeprefix("/_sandbox/").strip("/")
        if name not in CONTROL:
            raise Refusal(404, "invalid_request_error", f"Unknown switch: {name}. Known: {', '.join(sorted(CONTROL))}")
        with self._lock, self.store.transaction():
            result = CONTROL[name](self.world, decode_form(request.body.decode("utf-8", "replace")))
        self.advance()
        return 200, json.dumps(result, indent=2)

    # Time

    def advance(self) -> int:
        """Do everything that is due by now, each step in its own transaction; return how many steps there were."""
        steps = 0
        with self._lock:
            while due := self.store.due_objects(self.world.now()):
                for row in due:
                    # An earlier step of this round may have changed the object: read it again.
                    fresh = self.store.find(row.id)
                    if fresh is not None:
                        with self.store.transaction():
                            self._step(fresh)
                        steps += 1
        return steps

    def _step(self, row: Row) -> None:
        if row.kind == "balance_transaction":
            balances.make_available(self.world, row.account, row.body)
        elif row.kind == "payout":
            bank.advance_payout(self.world, row.account, row.body)
        elif row.kind == "topup":
            transfers.settle_topup(self.world, row.body)
        elif row.kind == "outbound_payment":
            outbound.advance(self.world, row.body)
        elif row.kind == "inbound_transfer":
            financial.settle_inbound_transfer(self.world, row.body)
        elif row.kind == "account" and row.body["submitted"] and not row.body["verified"]:
            onboarding.verify(self.world, row.body)
        elif row.kind == "account":
            bank.run_automatic_payout(self.world, row.body)

    def next_deliveries(self) -> list[tuple[str, int, Any]]:
        """Return (event id, attempts so far, event) of webhooks owed by now."""
        with self._lock:
            found = []
            for event, attempts in self.store.due_deliveries(self.world.now()):
                row = self.store.find(event)
                if row is not None:
                    found.append((event, attempts, row.body))
            return found

    def record_delivery(self, event: str, status: int | None, due: int | None) -> None:
        """Note how a delivery went; `due` is when to try again, None to stop."""
        with self._lock, suppress(ValueError), self.store.transaction():
            self.store.record_delivery(event, status, due)
