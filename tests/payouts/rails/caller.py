"""A process that calls through the gate as fast as it may. Run by `test_pacing.py`: folder of the starting shot, calls."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import django
import stripe


class Noting(stripe.HTTPClient):
    """Writes when each call went out."""

    name = "noting"

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        sys.stdout.write(f"{time.monotonic()}\n")
        return "{}", 200, {}

    def close(self) -> None:
        """Nothing is open."""


def main() -> int:
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - Django must be ready first

    from payouts.rails.gate import GatedClient  # noqa: PLC0415

    settings.STRIPE_CALLS_PER_SECOND = 20.0
    folder, calls = Path(sys.argv[1]), int(sys.argv[2])
    gate = GatedClient(Noting(), "connect")
    (folder / f"ready-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
    for _ in range(calls):
        gate.request("post", "http://stripe/v1/transfers", {}, "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
