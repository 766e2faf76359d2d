"""Real processes, a real socket, the real library: whoever comes at once or dies, money moves once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from common import clock
from payouts.rails import registry
from payouts.rails.connect import ConnectRail, make_client
from payouts.sandbox.core import Request
from payouts.sandbox.settings import SandboxSettings
from payouts.transfers.commands import run_due
from payouts.transfers.models import Payout
from tests.payouts.people import make_person
from tests.payouts.support.served import serve_stand_in
from tests.payouts.support.story import Story, euros

PROJECT_DIR = Path(__file__).parents[3]
_MINUTES_2 = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """In place of the frozen clock of the other tests: the processes here share the machine's."""


@pytest.fixture
def served(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Story, str]]:
    """A stand-in behind a socket, on the real clock, that other processes reach too."""
    story = Story(now=clock.now())
    with serve_stand_in(SandboxSettings(api_key="sk_test_local")) as served:
        story.sandbox = served.sandbox
        story.rail = ConnectRail(make_client("sk_test_local", served.address))
        monkeypatch.setitem(registry._rails, "connect", story.rail)
        yield story, served.address


def start_worker(payout: Payout, folder: Path, address: str, database: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database,
        "STRIPE_API_BASE": address,
        "PYTHONPATH": str(PROJECT_DIR),
    }
    words = [sys.executable, "-m", "tests.payouts.transfers.worker", str(payout.id), str(folder)]
    return subprocess.Popen(
        words, cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_ready(folder: Path, count: int, workers: list[subprocess.Popen[str]]) -> None:
    deadline = time.monotonic() + 30
    while len(list(folder.glob("ready-*"))) < count:
        for worker in workers:
            assert worker.poll() is None, worker.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def reserved(story: Story, amount: int = 60) -> tuple[Any, Payout]:
    ada = make_person("Ada")
    story.onboard(ada)
    story.fund(euros(1000))
    story.earn(ada, euros(100))
    return ada, story.reserve(ada, euros(amount))


def test_two_processes_at_once_make_one_transfer(
    served: tuple[Story, str], fresh_database: str, tmp_path: Path
) -> None:
    story, address = served
    ada, payout = reserved(story)
    workers = [start_worker(payout, tmp_path, address, fresh_database) for _ in range(2)]
    wait_ready(tmp_path, 2, workers)

    (tmp_path / "go").touch()
    results = [worker.communicate(timeout=30) for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], results
    spans = [tuple(map(float, out.split()[:2])) for out, _ in results]
    assert max(began for began, _ in spans) < min(ended for _, ended in spans), "they did not run at once"
    assert len(story.transfers()) == 1
    assert Payout.objects.get().attempts.get().sends == 1
    run_due(now=clock.now())
    assert Payout.objects.get().state == "PAID"
    assert story.balances(ada) == (4000, 0, 94_000)


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_killed_process_leaves_what_the_sweep_finishes(
    served: tuple[Story, str], fresh_database: str, tmp_path: Path, point: str
) -> None:
    story, address = served
    ada, payout = reserved(story)
    reached, go_on = threading.Event(), threading.Event()

    def wait_there(where: str, request: Request) -> None:
        if where == point and request.path == "/v1/transfers":
            reached.set()
            assert go_on.wait(20)

    story.sandbox.hook = wait_there
    worker = start_worker(payout, tmp_path, address, fresh_database)
    wait_ready(tmp_path, 1, [worker])
    (tmp_path / "go").touch()
    assert reached.wait(20)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    go_on.set()
    story.sandbox.hook = None

    assert worker.returncode == -signal.SIGKILL
    assert Payout.objects.get().state == "SUBMITTING"
    time.sleep(0.1)
    for _ in range(3):
        story.now += _MINUTES_2
        run_due(now=story.now)

    assert Payout.objects.get().state == "PAID"
    assert len(story.transfers()) == 1
    assert story.balances(ada) == (4000, 0, 94_000)
    assert story.is_even()
