"""Keeps the migrated database of a test run for the next one, as long as nothing that made it has changed."""

import ast
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from config.services.binaries import find_account
from config.services.layout import PROJECT_DIR, SHORT_ROOT
from config.services.postgres import PostgresServer

APPS = ("common", "marketplace", "payouts", "quality")
PREFIX = "muster-cache-"
MOST_KEPT = 3
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def cache_folder() -> Path:
    """Return where the migrated cluster of exactly this code is kept.

    It depends on the migrations and all they import, on the models (their tables' grants), on the lock, and on the
    machine's last start: the server runs without fsync, so a crash of the machine may have spoilt the files.
    """
    digest = hashlib.sha256(_BOOT_ID.read_bytes() if _BOOT_ID.exists() else b"")
    for path in sorted(_sources()):
        digest.update(str(path.relative_to(PROJECT_DIR)).encode())
        digest.update(path.read_bytes())
    return SHORT_ROOT / f"{PREFIX}{os.getuid()}-{digest.hexdigest()[:16]}"


def restore(server: PostgresServer) -> bool:
    """Copy the kept cluster to where `server` expects its data; return whether there was one."""
    kept = cache_folder()
    account = find_account()
    if not kept.exists() or kept.lstat().st_uid != account.uid:
        return False
    words: list[str | Path] = ["cp", "-a", kept, server.data]
    is_whole = subprocess.run(words, check=False, cwd="/", **account.demotion).returncode == 0  # noqa: S603
    if not is_whole:
        # Another run pruned it meanwhile: half a cluster would be in the way of a new one.
        shutil.rmtree(server.data, ignore_errors=True)
    return is_whole


def keep(server: PostgresServer, template: str) -> None:
    """Stop `server` and keep its cluster with nothing but `template`, unless one is kept already."""
    kept = cache_folder()
    if kept.exists() or not server.is_running():
        return
    with server.connect() as control:
        names = [row[0] for row in control.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")]
        if template not in names:
            return
        for name in names:
            if name.startswith("test_"):
                control.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
    if server.stop() and _copy(server.data, kept):
        _prune()


def _copy(data: Path, kept: Path) -> bool:
    """Copy a cluster that has stopped to where it is kept, all or nothing; return whether it is there now by this run."""
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    words: list[str | Path] = ["cp", "-a", data, draft]
    try:
        subprocess.run(words, check=True, cwd="/", **find_account().demotion)  # noqa: S603
        draft.rename(kept)
    except (OSError, subprocess.CalledProcessError):
        # Another run of the same code was quicker, or the disk is full.
        shutil.rmtree(draft, ignore_errors=True)
        return False
    return True


def _prune() -> None:
    mine = [folder for folder in SHORT_ROOT.glob(f"{PREFIX}{os.getuid()}-*") if folder.is_dir()]
    for folder in sorted(mine, key=lambda one: one.stat().st_mtime, reverse=True)[MOST_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def _sources() -> set[Path]:
    found = {PROJECT_DIR / "requirements.lock", PROJECT_DIR / "config" / "grants.py", Path(__file__)}
    waiting: list[Path] = []
    for app in APPS:
        found |= set((PROJECT_DIR / app).rglob("models*.py"))
        found |= set((PROJECT_DIR / app).glob("*/models/*.py"))
        waiting += (PROJECT_DIR / app / "migrations").glob("*.py")
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return found


def _imported(path: Path) -> Iterable[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.split(".")[0] in APPS:
                base = PROJECT_DIR.joinpath(*name.split("."))
                yield from (file for file in (base.with_suffix(".py"), base / "__init__.py") if file.exists())
