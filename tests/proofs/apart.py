"""Run a proof that forks: `python -m tests.proofs.apart kill --kills 300`, on a PostgreSQL of its own.

Forks come from a process with one thread and nothing open, which is not the one that watches the server.
`--here` first: in the empty migrated database that DATABASE_URL names, as the tests do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module

DATABASE = "prove_apart"


def main(words: Sequence[str]) -> int:
    """Start the proof that the first word names with the words after it, and return its exit code."""
    if words[0] == "--here":
        import django  # noqa: PLC0415 - reads the settings when it is set up

        django.setup()
        return int(import_module(f"tests.proofs.{words[1]}").main(words[2:]))
    testpg = import_module("config.testpg")
    with testpg.throwaway_server():
        testpg.set_up_django()
        testpg.make_template()
        with testpg.run_server().connect() as control:
            testpg.create_database(control, DATABASE)
        address = f"postgresql://{testpg.OWNER_ROLE}@/{DATABASE}?host={testpg.run_server().sockets}"
        return run_here(words, address).returncode


def run_here(words: Sequence[str], address: str, *, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a proof in a process of its own on an empty migrated database."""
    environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    output = subprocess.PIPE if quiet else None
    command = [sys.executable, "-m", "tests.proofs.apart", "--here", *words]
    return subprocess.run(command, env=environment, check=False, text=True, stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
