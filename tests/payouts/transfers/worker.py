"""A worker of its own process: waits for the starting shot, then does one thing. Run by `test_processes.py`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from uuid import UUID

import django


def main() -> int:
    """Arguments: the payout's id, the folder of the starting shot."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from common import clock  # noqa: PLC0415 - Django must be ready first
    from payouts.transfers.commands import submit_payout  # noqa: PLC0415

    folder = Path(sys.argv[2])
    (folder / f"ready-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
    began = time.monotonic()
    state = submit_payout(payout_id=UUID(sys.argv[1]), now=clock.now()).state
    sys.stdout.write(f"{began} {time.monotonic()} {state}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
