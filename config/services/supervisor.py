"""Keeps a handful of processes running until it is told to stop, and clears up after one that was killed."""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from config.services.layout import PROJECT_DIR, Layout
from config.services.processes import end_process, is_same_process, own_start_time, start_time

POLL_S = 0.2
#: A program that keeps dying is started again after 1, 2, 4 … seconds, at most this many.
LONGEST_PAUSE_S = 30.0
#: One that ran this long was well: its next end counts as its first.
WELL_AFTER_S = 20.0
STOP_GRACE_S = 10.0
SERVICES_EVERY_S = 3.0
_STATE = "dev.json"


class AlreadyRunning(RuntimeError):
    """Another supervisor of this checkout runs; the text says where."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command line to keep running; its output goes to `var/log/<name>.log`. It inherits the open files `fds`."""

    name: str
    words: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    fds: Sequence[int] = ()


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    began: float
    failures: int = 0
    start_again_at: float | None = None


class Supervisor:
    """Runs programs, each in a process group of its own, and notes them in `var/run/dev.json`.

    After kill -9 of the supervisor its programs live on; the next one ends them before it starts its own.
    """

    def __init__(self, layout: Layout, say: Callable[[str], None]) -> None:
        self._state = layout.pids / _STATE
        self._logs = layout.logs
        self._say = say
        self._children: list[_Child] = []
        self._stops = 0
        self._address = ""
        self._lock: TextIO | None = None
        for folder in (layout.pids, layout.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def claim(self) -> list[str]:
        """Become the only supervisor of this checkout and end what a killed one left; return the names of those.

        Raises: AlreadyRunning
        """
        self._lock = self._state.with_suffix(".lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = _read(self._state).get("address") or "this checkout"
            raise AlreadyRunning(f"Muster already runs at {where}: stop it there with Ctrl-C.") from None
        left = _read(self._state).get("programs", {})
        ended = [name for name, noted in left.items() if end_process(noted["pid"], noted["started"])]
        self._write_state()
        return ended

    def note_address(self, address: str) -> None:
        """Note where the web server will be, for a second supervisor and for whoever waits for it."""
        self._address = address
        self._write_state()

    def run(self, programs: Sequence[Program], *, each_round: Callable[[], None]) -> None:
        """Start the programs and keep them running until SIGINT or SIGTERM, then stop them in the reverse order.

        `each_round` is called every few seconds, to look after what is not our child.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            for program in programs:
                self._children.append(self._spawn(program))
                self._write_state()
            self._watch(each_round)
        finally:
            self._stop_all()

    def _watch(self, each_round: Callable[[], None]) -> None:
        looked = time.monotonic()
        while not self._stops:
            for child in self._children:
                self._look_at(child)
            if time.monotonic() - looked > SERVICES_EVERY_S:
                each_round()
                looked = time.monotonic()
            time.sleep(POLL_S)

    def _look_at(self, child: _Child) -> None:
        now = time.monotonic()
        if child.start_again_at is not None:
            if now >= child.start_again_at:
                fresh = self._spawn(child.program)
                child.process, child.began, child.start_again_at = fresh.process, fresh.began, None
                self._write_state()
            return
        code = child.process.poll()
        if code is None:
            return
        # Its own children would go on beside those of the next one.
        _kill_group(child.process.pid, signal.SIGKILL)
        child.failures = 1 if now - child.began > WELL_AFTER_S else child.failures + 1
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE_S) if child.failures > 1 else 0.0
        child.start_again_at = now + pause
        log = self._logs / f"{child.program.name}.log"
        self._say(f"{child.program.name} ended ({_how(code)}), starts again in {pause:.0f} s; see {log}")

    def _spawn(self, program: Program) -> _Child:
        with (self._logs / f"{program.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command lines
                program.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT_DIR,
                env={**os.environ, **program.env},
                pass_fds=program.fds,
                start_new_session=True,
            )
        return _Child(program, process, time.monotonic())

    def _stop_all(self) -> None:
        running = [child for child in reversed(self._children) if child.process.poll() is None]
        for child in running:
            _kill_group(child.process.pid, signal.SIGTERM, leader_only=True)
        deadline = time.monotonic() + STOP_GRACE_S
        while any(child.process.poll() is None for child in running):
            # Asked twice, it is not patient any more.
            if time.monotonic() > deadline or self._stops > 1:
                break
            time.sleep(0.05)
        for child in running:
            _kill_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._state.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stops += 1

    def _write_state(self) -> None:
        programs = {
            child.program.name: {"pid": child.process.pid, "started": start_time(child.process.pid)}
            for child in self._children
        }
        state = {
            "supervisor": {"pid": os.getpid(), "started": own_start_time()},
            "address": self._address,
            "programs": programs,
        }
        draft = self._state.with_suffix(".new")
        draft.write_text(json.dumps(state))
        draft.rename(self._state)


def running_programs(layout: Layout) -> dict[str, int]:
    """Return the process ids of the programs that the last supervisor noted and that still run, by name."""
    noted = _read(layout.pids / _STATE).get("programs", {})
    return {name: one["pid"] for name, one in noted.items() if is_same_process(one["pid"], one["started"])}


def find_address(layout: Layout, supervisor_pid: int) -> str | None:
    """Return where the web server of a running supervisor is; None before it has begun, or if another one noted it."""
    state = _read(layout.pids / _STATE)
    is_it = state.get("supervisor", {}).get("pid") == supervisor_pid
    return state["address"] if is_it and "web" in state["programs"] else None


def _read(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return state


def _kill_group(leader: int, number: signal.Signals, *, leader_only: bool = False) -> None:
    try:
        if leader_only:
            os.kill(leader, number)
        else:
            os.killpg(leader, number)
    except ProcessLookupError:
        return


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
