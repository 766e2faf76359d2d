"""The stand-in behind a socket, for stories in which other processes or a browser speak to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from common import clock, events
from payouts.cycles.commands import tick
from payouts.sandbox.core import Sandbox
from payouts.sandbox.server import start_server
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.webhooks import WebhookSender
from payouts.transfers.commands import run_due

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Served:
    """A stand-in and its address."""

    sandbox: Sandbox
    address: str

    def tell_the_news(self) -> None:
        """Let time pass: the provider signs and sends its webhooks, and each sweep of ours does what it finds due."""
        sender = WebhookSender(self.sandbox)
        for _ in range(ROUNDS):
            self.sandbox.advance()
            sender.deliver_due()
            run_due(now=clock.now())
            events.deliver_due(now=clock.now())
            tick(now=clock.now())


@contextmanager
def serve_stand_in(settings: SandboxSettings) -> Iterator[Served]:
    """Serve a stand-in on a port of its own and on the machine's clock."""
    sandbox = Sandbox(settings)
    server = start_server(sandbox, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.server_port}"
    sandbox.world.settings = replace(settings, public_url=address)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield Served(sandbox, address)
    finally:
        server.shutdown()
        server.server_close()
        sandbox.close()
