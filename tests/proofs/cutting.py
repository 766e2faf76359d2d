"""A proxy before PostgreSQL that loses the answers of COMMITs: what was written is there, and the client saw an error."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# Source: PostgreSQL, "Frontend/Backend Protocol", messages Query and CommandComplete: a letter, the length, the text.
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
_CHUNK = 65_536


class Cutter:
    """Says where the proxy listens, and counts what it cut. It cuts every ``interval``-th COMMIT that comes by."""

    def __init__(self, port: int, interval: Any, cuts: Any) -> None:
        self.port = port
        self._interval, self._cuts = interval, cuts

    def cut_every(self, interval: int) -> None:
        """Cut the answer of one COMMIT of each ``interval``, over all connections."""
        self._interval.value = interval

    @property
    def cuts(self) -> int:
        """How many answers were cut of COMMITs that PostgreSQL had carried out."""
        return int(self._cuts.value)


@contextmanager
def cutter(server: Path) -> Iterator[Cutter]:
    """Run the proxy in a process of its own before the server with this socket."""
    context = get_context("fork")
    listener = socket.create_server(("127.0.0.1", 0))
    interval, cuts = context.Value("i", 1), context.Value("i", 0)
    process = context.Process(target=_serve, args=(listener, str(server), interval, cuts), daemon=True)
    process.start()
    try:
        yield Cutter(listener.getsockname()[1], interval, cuts)
    finally:
        process.terminate()
        process.join()
        listener.close()


def _serve(listener: socket.socket, server: str, interval: Any, cuts: Any) -> None:
    seen = [0]  # COMMITs of all connections
    while True:
        client, _ = listener.accept()
        threading.Thread(target=_pass_on, args=(client, server, interval, cuts, seen), daemon=True).start()


def _pass_on(client: socket.socket, server: str, interval: Any, cuts: Any, seen: list[int]) -> None:
    upstream = socket.socket(socket.AF_UNIX)
    with client, upstream, selectors.DefaultSelector() as selector, suppress(OSError):
        upstream.connect(server)
        selector.register(client, selectors.EVENT_READ, upstream)
        selector.register(upstream, selectors.EVENT_READ, client)
        cuts_next = False
        while True:
            for key, _ in selector.select():
                chunk = key.fileobj.recv(_CHUNK)  # type: ignore[union-attr]  # both are sockets
                if not chunk:
                    return
                if chunk == _COMMIT:
                    seen[0] += 1
                    cuts_next = seen[0] % interval.value == 0
                elif cuts_next and key.fileobj is upstream:
                    cuts_next = False
                    if _COMMITTED in chunk:
                        cuts.value += 1
                        return
                key.data.sendall(chunk)
