"""The shell scripts and the Makefile, as far as they can be tried without installing anything."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.services.layout import PROJECT_DIR


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with the script and a lock, but no Python environment."""
    (tmp_path / "bin").mkdir()
    shutil.copy(PROJECT_DIR / "bin" / "bootstrap", tmp_path / "bin")
    shutil.copy(PROJECT_DIR / "requirements.lock", tmp_path)
    return tmp_path


def _bootstrap(checkout: Path, *options: str, path: str) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": path, "HOME": "/nonexistent"}
    return subprocess.run(
        [checkout / "bin" / "bootstrap", *options], env=env, capture_output=True, text=True, check=False, cwd="/"
    )


def _tools_only(folder: Path) -> str:
    folder.mkdir()
    for name in ("sh", "cat", "cut", "dirname", "sha256sum", "rm", "grep", "mkdir"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("script", ["bin/bootstrap", "bin/check", ".ci/run"])
def test_each_script_is_posix_shell_and_may_be_run(script: str) -> None:
    path = PROJECT_DIR / script

    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(path, os.X_OK)


def test_a_machine_without_python_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    done = _bootstrap(checkout, path=_tools_only(tmp_path / "tools"))

    assert done.returncode == 1
    assert done.stderr.startswith("bootstrap: no Python 3.12, 3.13 or 3.14 with venv was found. Install one")
    assert not (checkout / ".venv").exists()


def test_a_shim_that_starts_no_python_is_passed_over(checkout: Path, tmp_path: Path) -> None:
    tools = _tools_only(tmp_path / "tools")
    for name in ("python3.13", "python3", "uv"):
        shim = Path(tools) / name
        shim.write_text("#!/bin/sh\necho 'version 3.13 is not installed' >&2\nexit 127\n")
        shim.chmod(0o755)

    done = _bootstrap(checkout, path=tools)

    assert done.returncode == 1
    assert "no Python 3.12, 3.13 or 3.14 with venv was found" in done.stderr


def test_a_python_that_was_named_and_does_not_fit_is_refused_by_name(checkout: Path, tmp_path: Path) -> None:
    done = _bootstrap(checkout, "--python", "/bin/false", path=_tools_only(tmp_path / "tools"))

    assert done.returncode == 1
    assert done.stderr == "bootstrap: /bin/false is no Python 3.12, 3.13 or 3.14 with venv\n"


def test_nothing_is_done_while_the_lock_stays_as_it_was(checkout: Path, tmp_path: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    digest = hashlib.sha256((checkout / "requirements.lock").read_bytes()).hexdigest()
    (checkout / ".venv" / ".muster-lock").write_text(f"{digest}\n")
    tools = _tools_only(tmp_path / "tools")

    done = _bootstrap(checkout, path=tools)

    # A Python that was started, or a file that was fetched, would have failed.
    assert (done.returncode, done.stderr) == (0, "")


def test_a_python_that_is_named_anew_replaces_the_environment_of_another_one(checkout: Path, tmp_path: Path) -> None:
    venv = checkout / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    tools = _tools_only(tmp_path / "tools")
    other = Path(tools) / "python-other"
    other.write_text(
        '#!/bin/sh\ncase "$*" in *base_prefix*) echo other;; *"-m venv"*) mkdir -p "$3/bin"; exit 1;; esac\n'
    )
    other.chmod(0o755)
    (venv / "mark").touch()

    again = _bootstrap(checkout, "--python", sys.executable, path=tools)
    kept = (venv / "mark").exists()
    replaced = _bootstrap(checkout, "--python", str(other), path=tools)

    assert kept, again.stderr
    assert not venv.exists()
    assert f"{other} could not make .venv" in replaced.stderr


def test_make_help_lists_each_command_of_the_readme() -> None:
    done = subprocess.run(["make", "help"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False)

    listed = {line.split()[1] for line in done.stdout.splitlines()}

    assert {"demo", "test", "check", "bench", "help", "services", "lock", "migrations", "clean"} <= listed
