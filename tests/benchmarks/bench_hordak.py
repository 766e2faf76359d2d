"""Our set-based posting against django-hordak's API, in one run on one server.

Run: ``.venv/bin/pytest tests/benchmarks/bench_hordak.py -n 0 -s``. django-hordak is none of our dependencies: the bench
makes an environment of its own for it, and says "skipped" where it cannot be installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql

from common.identifiers import uuid7
from config.testpg import run_server
from marketplace.models import User
from payouts.ledger.commands import post_entries
from payouts.ledger.models import JournalEntry
from tests.benchmarks.bench_ledger import NOW, entries, seconds

REQUIREMENTS = ("django-hordak==2.0.0", "Django~=5.2", "psycopg[binary]~=3.2")
ENTRIES, TRANSFERS, WORKERS = int(os.environ.get("EARNINGS", "20000")), 300, 50


@pytest.fixture
def hordak(tmp_path: Path) -> Path:
    """Return the Python of an environment with django-hordak."""
    python = tmp_path / "hordak" / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(tmp_path / "hordak")],
        [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"django-hordak cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
    return python


def test_entries_against_hordak(fresh_database: str, hordak: Path) -> None:
    users = [User(id=uuid7(), email=f"worker{number}@example.org") for number in range(WORKERS)]
    User.objects.bulk_create(users)
    specs = entries([user.id for user in users], ENTRIES)
    name = f"hordak_{os.getpid()}"
    with run_server().connect() as control:
        control.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        theirs = _run_hordak(hordak, name)
    finally:
        with run_server().connect() as control:
            control.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    ours = ENTRIES / seconds(lambda: post_entries(specs, by=None, now=NOW))

    assert JournalEntry.objects.count() == ENTRIES
    figures = {"ours_per_s": round(ours), "hordak_per_s": round(theirs), "ratio": round(ours / theirs)}
    print(json.dumps(figures))  # noqa: T201  # the bench's answer


def _run_hordak(python: Path, database: str) -> float:
    script = Path(__file__).with_name("hordak_run.py")
    words = [str(python), str(script), str(run_server().sockets), database, str(TRANSFERS), str(WORKERS)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "PYTHON"))}
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])
