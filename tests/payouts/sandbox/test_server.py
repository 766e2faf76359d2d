"""The stand-in over real HTTP, with its webhooks."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import stripe

from payouts.sandbox.core import Request, Sandbox
from payouts.sandbox.errors import ConnectionDropped
from payouts.sandbox.server import start_server
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.webhooks import WebhookSender
from tests.payouts.sandbox.conftest import ACCOUNT

pytestmark = pytest.mark.enable_socket


class Listener:
    """A platform that records the webhooks it gets and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def served(listener: Listener) -> Iterator[tuple[Sandbox, stripe.StripeClient]]:
    sandbox = Sandbox(SandboxSettings(webhook_url=listener.url))
    server = start_server(sandbox, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    client = stripe.StripeClient(
        "sk_test_muster",
        base_addresses={"api": f"http://127.0.0.1:{server.server_port}"},
        max_network_retries=0,
    )
    yield sandbox, client
    server.shutdown()
    server.server_close()


def test_webhooks_carry_signatures_that_the_library_accepts(
    served: tuple[Sandbox, stripe.StripeClient], listener: Listener
) -> None:
    sandbox, client = served
    client.v1.topups.create({"amount": 500, "currency": "usd"})
    account = client.v2.core.accounts.create(ACCOUNT).id

    assert WebhookSender(sandbox).deliver_due() == 3

    events = [stripe.Webhook.construct_event(body, header, "whsec_muster").to_dict() for body, header in listener.got]
    assert [event["type"] for event in events] == ["topup.created", "topup.succeeded", "account.updated"]
    assert [event.get("account") for event in events] == [None, None, account]


def test_a_refused_webhook_is_sent_again(served: tuple[Sandbox, stripe.StripeClient], listener: Listener) -> None:
    sandbox, client = served
    listener.answers = [503]
    client.v2.core.accounts.create(ACCOUNT)
    sender = WebhookSender(sandbox)

    assert sender.deliver_due() == 0
    sandbox.store._db.execute("UPDATE deliveries SET due = 0 WHERE due IS NOT NULL")
    assert sender.deliver_due() == 1
    assert sender.deliver_due() == 0
    assert len({json.loads(body)["id"] for body, _ in listener.got}) == 1
    assert len(listener.got) == 2


def test_a_dropped_connection_is_a_connection_error(served: tuple[Sandbox, stripe.StripeClient]) -> None:
    sandbox, client = served

    def drop(point: str, request: Request) -> None:
        if point == "after_effect":
            raise ConnectionDropped

    sandbox.hook = drop
    with pytest.raises(stripe.APIConnectionError):
        client.v1.topups.create({"amount": 500, "currency": "usd"})

    assert sandbox.store.count("topup") == 1


def start_process(state: Path) -> tuple[subprocess.Popen[str], stripe.StripeClient]:
    words = [sys.executable, "-m", "payouts.sandbox", "--port", "0", "--state", str(state), "--key", "sk_test_1"]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().split()[-1]
    return process, stripe.StripeClient("sk_test_1", base_addresses={"api": address}, max_network_retries=0)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_process_keeps_its_state_however_it_ends(tmp_path: Path, end: signal.Signals) -> None:
    process, client = start_process(tmp_path / "stripe.sqlite3")
    key: Any = {"idempotency_key": "tu_1"}
    topup = client.v1.topups.create({"amount": 500, "currency": "usd"}, key)
    process.send_signal(end)
    process.communicate(timeout=10)

    process, client = start_process(tmp_path / "stripe.sqlite3")
    again = client.v1.topups.create({"amount": 500, "currency": "usd"}, key)
    available = client.v1.balance.retrieve().available[0].amount
    process.terminate()
    process.communicate(timeout=10)

    assert again.id == topup.id
    assert available == 500
    assert process.returncode == 0
