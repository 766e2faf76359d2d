"""Run the stand-in as its own process: `python -m payouts.sandbox --port 12111`."""

import argparse
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from payouts.sandbox.core import Sandbox
from payouts.sandbox.server import start_server
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.webhooks import WebhookSender


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    options = _parser().parse_args(arguments)
    sandbox = Sandbox(
        SandboxSettings(
            api_key=options.key,
            seed=options.seed,
            state=options.state,
            webhook_url=options.webhook_url,
            webhook_secret=options.secret,
            thin_webhooks=options.thin,
            public_url=options.public_url or "",
            availability_seconds=options.availability_seconds,
            arrival_seconds=options.arrival_seconds,
            verification_seconds=options.verification_seconds,
        )
    )
    server = start_server(sandbox, options.host, options.port)
    if not options.public_url:
        address = f"http://{options.host}:{server.server_port}"
        sandbox.world.settings = replace(sandbox.world.settings, public_url=address)
    sender = WebhookSender(sandbox)
    sender.start()
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which runs in this very thread: call it from another one.
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"stripe stand-in listening on http://{options.host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    sender.stop()
    server.server_close()
    sandbox.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = SandboxSettings()
    parser = argparse.ArgumentParser(prog="python -m payouts.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument(
        "--key", default=os.environ.get("STRIPE_API_KEY", defaults.api_key), help="the API key to accept"
    )
    parser.add_argument(
        "--secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", defaults.webhook_secret), help="signs webhooks"
    )
    parser.add_argument("--webhook-url", help="where events are sent; none are sent without it")
    parser.add_argument("--thin", action="store_true", help="send thin events in the place of snapshots")
    parser.add_argument("--public-url", help="address of the hosted form as a browser sees it")
    parser.add_argument("--state", type=Path, help="SQLite file that keeps the state; memory without it")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="identifiers follow from it")
    parser.add_argument("--availability-seconds", type=int, default=0, help="how long money to a recipient is pending")
    parser.add_argument("--arrival-seconds", type=int, default=0, help="how long a payout travels to the bank")
    parser.add_argument("--verification-seconds", type=int, default=0, help="how long a person's data are checked")
    return parser


if __name__ == "__main__":
    sys.exit(main())
