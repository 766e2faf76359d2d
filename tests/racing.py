"""Many people at one door: requests that start together, over real connections, at the real web server."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as JSON with a bearer's or person's credential."""

    path: str
    body: dict[str, Any]
    authorization: str


def fire(address: str, shots: Sequence[Shot], *, timeout_s: float = 120) -> tuple[Counter[int], list[dict[str, Any]]]:
    """Send every shot at the same moment and return how often each status came, and the answers."""
    gate = threading.Barrier(len(shots))
    answers: list[tuple[int, dict[str, Any]]] = []

    def send(shot: Shot) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=timeout_s)
        gate.wait()
        headers = {"Content-Type": "application/json", "Authorization": shot.authorization}
        connection.request("POST", shot.path, body=json.dumps(shot.body), headers=headers)
        answer = connection.getresponse()
        answers.append((answer.status, json.loads(answer.read() or b"{}")))
        connection.close()

    threads = [threading.Thread(target=send, args=(shot,)) for shot in shots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout_s)
    assert len(answers) == len(shots), "some requests got no answer"
    return Counter(status for status, _ in answers), [answer for _, answer in answers]


@contextlib.contextmanager
def serve(database_url: str, *, log: Path = Path(os.devnull), **more_environment: str) -> Iterator[str]:
    """Run gunicorn as production does (two processes of four threads) on this test's database; yield its address.

    What the server says of its errors goes to the end of ``log``.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    named = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    words = ["-w", "2", "--threads", "4", "-k", "gthread", "-b", f"127.0.0.1:{port}", "--timeout", "120"]
    with log.open("ab") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *words, "config.wsgi"],
            env=os.environ | named | more_environment,
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the web server ended at once"
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise TimeoutError("the web server did not answer")
