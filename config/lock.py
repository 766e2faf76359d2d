"""Tells whether requirements.lock still says what pyproject.toml asks for: `python -m config.lock`."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from config.services.layout import PROJECT_DIR

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
_HOST = re.compile(r"https?://|--(?:extra-)?index-url|--find-links")


def find_lock_problems(pyproject: str, lock: str) -> list[str]:
    """Return a sentence for each requirement that the lock does not meet, and for each host that it names."""
    asked = tomllib.loads(pyproject)
    requirements = [*asked["project"]["dependencies"], *asked["dependency-groups"]["dev"]]
    locked = locked_versions(lock)
    problems = []
    for requirement in map(Requirement, requirements):
        versions = locked.get(canonicalize_name(requirement.name), [])
        if not any(requirement.specifier.contains(one, prereleases=True) for one in versions):
            problems.append(f"requirements.lock has no {requirement}: run make lock")
    problems += [f"requirements.lock names a host: {line}" for line in lock.splitlines() if _HOST.search(line)]
    if lock.count("--hash=") < len(locked):
        problems.append("requirements.lock has packages without a hash: run make lock")
    return problems


def find_old_packages(lock: str) -> list[str]:
    """Return a sentence for each installed package that is older than the lock says."""
    problems = []
    for name, versions in locked_versions(lock).items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            # The lock is for every platform; markers leave some packages out here.
            continue
        if Version(installed) < min(map(Version, versions)):
            problems.append(f"{name} {installed} is older than requirements.lock says: run bin/bootstrap --force")
    return problems


def locked_versions(lock: str) -> dict[str, list[str]]:
    """Return the versions of each package in the lock; several, where they differ by platform."""
    found: dict[str, list[str]] = {}
    for name, number in _LOCKED.findall(lock):
        found.setdefault(canonicalize_name(name), []).append(number)
    return found


def main() -> int:
    """Print what is wrong; return the exit code."""
    lock = (PROJECT_DIR / "requirements.lock").read_text()
    problems = [*find_lock_problems((PROJECT_DIR / "pyproject.toml").read_text(), lock), *find_old_packages(lock)]
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
