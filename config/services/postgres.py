"""Starts and stops a PostgreSQL of one's own, out of the wheel, on a unix socket."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from config.services.binaries import Account, ServiceError, find_account, find_postgres
from config.services.layout import APP_ROLE, DATABASE_NAME, OWNER_ROLE, Layout

SUPERUSER = "postgres"
#: After kill -9 of the server its shared memory is in use for a second or two; a start then has to be tried again.
START_TIMEOUT_S = 30.0
CONFIGURATION = {
    "listen_addresses": "''",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: For a server whose data nobody will miss: a crash may lose everything, and nothing waits for the disk.
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server: its data in `data`, its socket in `sockets`, both 0700 and owned by the account it runs under."""

    data: Path
    sockets: Path
    configuration: Mapping[str, str] = field(default_factory=dict)
    pg_bin: str | None = None

    @property
    def log(self) -> Path:
        return self.data.with_name("postgres.log")

    def start(self) -> bool:
        """Start the server unless it runs already; return whether it had to be started.

        Raises: ServiceError with the end of the server's log, if it doesn't come up.
        """
        account = find_account()
        programs = find_postgres(self.pg_bin)
        claim_folder(self.sockets, account)
        claim_folder(self.data.parent, account, mode=None)
        with one_at_a_time(self.sockets / "postgres.lock"):
            if self.is_running():
                return False
            if not (self.data / "PG_VERSION").exists():
                self._create(programs, account)
            self._start(programs, account)
        return True

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server if it runs; return whether it ran. Mode `immediate` is for data that nobody will miss."""
        if not (self.data / "postmaster.pid").exists():
            return False
        words: list[str | Path] = [
            find_postgres(self.pg_bin) / "pg_ctl",
            "-D",
            self.data,
            "-m",
            mode,
            "-w",
            "-t",
            "20",
            "stop",
        ]
        return _run(words, find_account()).returncode == 0

    def is_running(self) -> bool:
        """Say whether our server answers on our socket."""
        try:
            with self.connect() as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and Path(row[0]) == self.data

    def connect(self, database: str = "postgres", role: str = SUPERUSER) -> psycopg.Connection[tuple[str, ...]]:
        """Connect outside any transaction, by default as the superuser."""
        return psycopg.connect(host=str(self.sockets), user=role, dbname=database, autocommit=True, connect_timeout=5)

    def ensure_database(self) -> None:
        """Make the roles and the database of the application, where they are missing."""
        with self.connect() as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER_ROLE, APP_ROLE):
                if role not in roles:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE_NAME), sql.Identifier(OWNER_ROLE)
                    )
                )

    def _create(self, programs: Path, account: Account) -> None:
        # A cluster that was killed while it was made has no PG_VERSION or only half of the rest: made aside, it is
        # renamed when it is whole.
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        done = _run(
            [
                *(programs / "initdb", "-D", draft, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ],
            account,
        )
        if done.returncode != 0:
            raise ServiceError(f"PostgreSQL could not make its data folder {self.data}: {done.stderr.strip()}")
        draft.rename(self.data)

    def _start(self, programs: Path, account: Account) -> None:
        settings = {**CONFIGURATION, "unix_socket_directories": f"'{self.sockets}'", **self.configuration}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        words: list[str | Path] = [
            programs / "pg_ctl",
            "-D",
            self.data,
            "-w",
            "-t",
            "25",
            "-l",
            self.log,
            "-o",
            options,
            "start",
        ]
        deadline = time.monotonic() + START_TIMEOUT_S
        while _run(words, account).returncode != 0 and not self.is_running():
            if time.monotonic() > deadline:
                raise ServiceError(f"PostgreSQL did not start; {self.log} ends with:\n{_end_of(self.log)}")
            time.sleep(0.3)


def embedded_postgres(layout: Layout, pg_bin: str | None = None) -> PostgresServer:
    """Return the server of this checkout."""
    return PostgresServer(data=layout.postgres_data, sockets=layout.sockets, pg_bin=pg_bin)


def claim_folder(folder: Path, account: Account, mode: int | None = 0o700) -> None:
    """Make `folder` for the account, or make sure that it is the account's own.

    Raises: ServiceError if it belongs to somebody else, who could then read or replace what is in it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=mode or 0o755)
    owner = folder.lstat().st_uid
    if owner not in {account.uid, os.getuid()}:
        raise ServiceError(f"{folder} belongs to another user (id {owner}): remove it or set MUSTER_HOME.")
    if mode is None:
        return
    if owner != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(mode)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process after the other through; the lock ends with the process that holds it."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(words: Sequence[str | Path], account: Account) -> subprocess.CompletedProcess[str]:
    # pg_ctl's server inherits its output: a pipe would stay open, and the call wait, as long as the server runs.
    output = subprocess.DEVNULL if Path(words[0]).name == "pg_ctl" else subprocess.PIPE
    return subprocess.run(  # noqa: S603 - programs that we looked up
        words,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        **account.demotion,
    )


def _end_of(path: Path) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-15:])
    except OSError as error:
        return f"(can't be read: {error})"
