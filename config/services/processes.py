"""Tells whether a process that was noted down is still the same one, and ends it."""

import os
import signal
import subprocess
import time
from pathlib import Path

#: Field 22 of /proc/<pid>/stat, counted from the fields after the name. Source: proc_pid_stat(5).
_START_TIME_FIELD = 19


def start_time(pid: int) -> str | None:
    """Return what tells this process from a later one with the same id; None if there is none, or only its corpse."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[_START_TIME_FIELD]
    words = ["ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or None


def own_start_time() -> str | None:
    """Return the start time of this process."""
    return start_time(os.getpid())


def is_same_process(pid: int, started: str | None) -> bool:
    """Say whether the process that was noted down still runs."""
    return started is not None and start_time(pid) == started


def end_process(pid: int, started: str | None, *, grace_s: float = 10.0) -> bool:
    """End the process and its group, first by SIGTERM, after `grace_s` by SIGKILL; return whether it ran.

    A process that took over the id of a dead one is left alone.
    """
    if not is_same_process(pid, started):
        return False
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while is_same_process(pid, started):
        if time.monotonic() > deadline:
            _signal_group(pid, signal.SIGKILL)
            deadline = time.monotonic() + grace_s
        time.sleep(0.05)
    return True


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return
