"""The supervisor behind `manage.py dev`, with real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.services.layout import PROJECT_DIR, Layout
from config.services.processes import end_process, is_same_process, start_time
from config.services.supervisor import running_programs

#: Two programs; the second has a child of its own that would outlive it.
SCRIPT = """
import sys
from pathlib import Path
from config.services.layout import Layout
from config.services.supervisor import AlreadyRunning, Program, Supervisor
supervisor = Supervisor(Layout(Path(sys.argv[1])), lambda words: print(words, flush=True))
try:
    for name in supervisor.claim():
        print("ended", name, flush=True)
except AlreadyRunning as error:
    sys.exit(str(error))
supervisor.note_address("http://127.0.0.1:8123")
programs = [Program("one", ["sleep", "600"]), Program("two", ["sh", "-c", "sleep 601 & wait"])]
supervisor.run(programs, each_round=lambda: None)
print("stopped", flush=True)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Yield a starter of supervisors of one checkout; whatever still runs is ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def run() -> "subprocess.Popen[str]":
        words = [sys.executable, "-c", SCRIPT, str(tmp_path)]
        process = subprocess.Popen(words, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    for pid in running_programs(Layout(tmp_path)).values():
        end_process(pid, start_time(pid), grace_s=1)


def _wait_for[T](find: Callable[[], T], is_found: Callable[[T], bool] = bool) -> T:
    deadline = time.monotonic() + 15
    while not is_found(found := find()):
        assert time.monotonic() < deadline, f"waited in vain; the last was {found!r}"
        time.sleep(0.05)
    return found


def _state(home: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((home / "run" / "dev.json").read_text())
    except (OSError, ValueError):
        return {}
    return state


def _both(home: Path) -> dict[str, int]:
    return _wait_for(lambda: running_programs(Layout(home)), lambda found: set(found) == {"one", "two"})


def _children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def test_a_killed_program_is_started_again_and_its_children_go_with_it(
    tmp_path: Path, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    start()
    before = _both(tmp_path)
    child = _wait_for(lambda: _children_of(before["two"]))[0]

    os.kill(before["two"], signal.SIGKILL)
    after = _wait_for(lambda: _both(tmp_path), lambda found: found["two"] != before["two"])

    assert after["one"] == before["one"]
    _wait_for(lambda: start_time(child), lambda started: started is None)


def test_one_interrupt_stops_everything(tmp_path: Path, start: Callable[[], "subprocess.Popen[str]"]) -> None:
    supervisor = start()
    pids = _both(tmp_path)
    child = _wait_for(lambda: _children_of(pids["two"]))[0]

    supervisor.send_signal(signal.SIGINT)
    output, _ = supervisor.communicate(timeout=15)

    assert output.splitlines()[-1] == "stopped"
    assert supervisor.returncode == 0
    assert [start_time(pid) for pid in [*pids.values(), child]] == [None, None, None]
    assert _state(tmp_path) == {}


def test_after_a_killed_supervisor_the_next_one_ends_what_was_left(
    tmp_path: Path, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first = start()
    left = _both(tmp_path)
    first.kill()
    first.wait(timeout=10)
    assert all(start_time(pid) for pid in left.values())

    second = start()
    fresh = _wait_for(lambda: _both(tmp_path), lambda found: not set(found.values()) & set(left.values()))

    assert [start_time(pid) for pid in left.values()] == [None, None]
    second.send_signal(signal.SIGTERM)
    output, _ = second.communicate(timeout=15)
    assert output.splitlines()[:2] == ["ended one", "ended two"]
    assert [start_time(pid) for pid in fresh.values()] == [None, None]


def test_a_second_supervisor_of_one_checkout_is_refused_with_the_address_of_the_first(
    tmp_path: Path, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    start()
    running = _both(tmp_path)

    second = start()
    output, _ = second.communicate(timeout=15)

    assert second.returncode == 1
    assert output.strip() == "Muster already runs at http://127.0.0.1:8123: stop it there with Ctrl-C."
    assert _both(tmp_path) == running


def test_a_process_that_took_over_the_id_of_a_noted_one_is_left_alone() -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        assert end_process(stranger.pid, "another start time") is False
        assert is_same_process(stranger.pid, start_time(stranger.pid))
    finally:
        stranger.kill()
        stranger.wait()
