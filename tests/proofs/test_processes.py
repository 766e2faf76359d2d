"""The processes of a long proof end with the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.services.processes import start_time

#: A shell that starts something in the background lets it ignore Ctrl-C, and what that starts inherits it.
_WAITS = """
import os, signal, time
from tests.proofs.once import processes

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with processes(2) as pool:
        print(*{pool.submit(os.getpid).result() for _ in range(20)}, flush=True)
        pool.submit(time.sleep, 60).result()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_when_their_parent_is_killed_or_interrupted(tmp_path: Path, end: signal.Signals) -> None:
    script = tmp_path / "waits.py"
    script.write_text(_WAITS)
    command = [sys.executable, str(script)]
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(start_time(pid) for pid in children)

        parent.send_signal(end)
        parent.wait(10)

    deadline = time.monotonic() + 10
    while any(start_time(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in children if start_time(pid)] == []
    assert children
