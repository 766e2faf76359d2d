"""kill -9 during `manage.py dev` with 500 submissions in flight: `make prove-restart`.

Real processes throughout: the launcher with its PostgreSQL, Valkey, web, worker and beat in a home of its own. 500 submissions are
ordered accepted over HTTP, and while the worker carries them out it is killed; the launcher must start it again. Then the same
with another 500, and the launcher itself is killed; the next `manage.py dev` must end or adopt what was left. In the end
each submission has one review, one judgment and one earning.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from config.environment import read_environment
from config.services.supervisor import running_programs

HERE = Path(__file__).resolve().parents[2]
IN_FLIGHT = int(os.environ.get("IN_FLIGHT", "500"))
#: The blow falls when this many are carried out, so that many are not.
BLOW_AFTER = IN_FLIGHT // 10
READY_S, SETTLED_S = 120.0, 240.0


def main() -> int:
    """Play both blows and return 0 only if nothing was lost or done twice."""
    home = Path(tempfile.mkdtemp(prefix="muster-restart-"))
    os.environ |= {"MUSTER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
    faults: list[str] = []
    try:
        with running_dev() as dev:
            scene = Scene(dev)
            faults += scene.strike("the worker", lambda: os.kill(programs()["worker"], signal.SIGKILL))
            faults += scene.strike("the supervisor", dev.kill)
            faults += scene.audit()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for fault in faults:
        say(f"FAULT: {fault}")
    say("FAILED" if faults else "each submission was judged and earned exactly once")
    return 1 if faults else 0


class Dev:
    """`manage.py dev` as a process of its own."""

    def __init__(self) -> None:
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until the web server answers."""
        words = [sys.executable, str(HERE / "manage.py"), "dev"]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=HERE)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            say(f"  dev: {line.rstrip()}")
            if "Muster runs at " in line:
                self.address = line.split("Muster runs at ")[1].split()[0]
                return
        raise SystemExit("manage.py dev ended before it served")

    def kill(self) -> None:
        """End the supervisor as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def start_if_dead(self) -> None:
        """Start it again if it was killed."""
        assert self._process is not None
        if self._process.poll() is not None:
            self.start()

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.communicate(timeout=60)


@contextmanager
def running_dev() -> Iterator[Dev]:
    """Run `manage.py dev` until the end."""
    dev = Dev()
    try:
        dev.start()
        yield dev
    finally:
        dev.stop()


class Scene:
    """Queues that are being accepted while something is killed."""

    def __init__(self, dev: Dev) -> None:
        django.setup()
        self._dev = dev
        self._story = import_module("tests.proofs.acceptances")
        self._reviewer = self._story.Reviewer()

    def strike(self, victim: str, blow: Callable[[], None]) -> list[str]:
        """Order a fresh queue accepted, let ``blow`` fall while it is carried out, and return what went wrong."""
        submissions = self._reviewer.hand_in(f"before {victim} dies", IN_FLIGHT)
        before = programs()
        self._reviewer.order_acceptances(self._dev.address, submissions)
        wait_for(lambda: self._story.count_orders(submissions)["DONE"] >= BLOW_AFTER, READY_S)
        blow()
        at_blow = self._story.count_orders(submissions)
        say(f"{victim} was killed with {at_blow['WAITING']} of {len(submissions)} in flight")
        self._dev.start_if_dead()
        began = time.monotonic()
        wait_for(lambda: not self._story.count_orders(submissions)["WAITING"], SETTLED_S)
        settled = self._story.count_orders(submissions)
        say(f"settled {time.monotonic() - began:.1f} s later: {dict(settled)}")
        after = wait_for(lambda: set(programs()) == set(before) and programs(), READY_S) or {}
        return find_faults(victim, at_blow, settled, before, after)

    def audit(self) -> list[str]:
        """Count everything once more."""
        line, faults = self._story.audit()
        say(line)
        return list(faults)


def find_faults(
    victim: str, at_blow: Counter[str], settled: Counter[str], before: dict[str, int], after: dict[str, int]
) -> list[str]:
    """Return what a blow has shown to be wrong."""
    faults = []
    if settled != {"DONE": IN_FLIGHT}:
        faults.append(f"{dict(settled)} after {victim} was killed")
    if not at_blow["WAITING"]:
        faults.append(f"nothing was in flight when {victim} was killed: the blow proves nothing")
    if after.get("worker", before["worker"]) == before["worker"]:
        faults.append(f"no new worker runs after {victim} was killed")
    return faults


def programs() -> dict[str, int]:
    """Return the process ids of what `manage.py dev` runs, by name."""
    return running_programs(read_environment().layout)


def wait_for(look: Callable[[], Any], seconds: float) -> Any:
    """Return the first true answer of ``look``, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def say(words: str) -> None:
    """Tell how far it is."""
    print(words, flush=True)  # noqa: T201 - a command's output


if __name__ == "__main__":
    sys.exit(main())
