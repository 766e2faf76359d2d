"""What is installed, and what the repository says about where it came from."""

import subprocess
from pathlib import Path

import pytest

from config.lock import find_lock_problems, find_old_packages, locked_versions
from config.services.layout import PROJECT_DIR

#: In two halves: the names must not stand in any file, this one included.
REGISTRY_HOSTS = [
    "".join(halves)
    for halves in [
        ("pypi.", "org"),
        ("python", "hosted.org"),
        ("registry.", "npmjs"),
        ("un", "pkg.com"),
        ("js", "delivr.net"),
        ("crates", ".io"),
        ("hub.", "docker.com"),
    ]
]


def _tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_DIR, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [PROJECT_DIR / name for name in listed.stdout.decode().split("\0") if name]


def test_no_installed_package_is_older_than_its_pin() -> None:
    lock = (PROJECT_DIR / "requirements.lock").read_text()

    assert len(locked_versions(lock)) > 100
    assert find_old_packages(lock) == []


def test_the_lock_meets_every_requirement_and_names_no_host() -> None:
    lock = (PROJECT_DIR / "requirements.lock").read_text()

    assert find_lock_problems((PROJECT_DIR / "pyproject.toml").read_text(), lock) == []


def test_a_lock_that_lags_behind_is_told() -> None:
    pyproject = '[project]\ndependencies = ["django~=6.1.3"]\n[dependency-groups]\ndev = []\n'

    problems = find_lock_problems(pyproject, "django==5.2.1 \\\n    --hash=sha256:00\n")

    assert problems == ["requirements.lock has no django~=6.1.3: run make lock"]


def test_no_tracked_file_names_a_registry() -> None:
    files = _tracked_files()

    naming = [
        str(path.relative_to(PROJECT_DIR))
        for path in files
        if path.is_file() and any(host.encode() in path.read_bytes() for host in REGISTRY_HOSTS)
    ]

    assert len(files) > 100
    assert naming == []
