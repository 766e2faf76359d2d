"""How much memory there is, so that a file that is too large gets a sentence and not the kernel's kill."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from common.csv_files import refuse_file

_GIB = 1024**3


def require_room(needed: int, what: str) -> None:
    """Return only if ``needed`` bytes are there beyond what this process holds already.

    Raises:
        InvalidInput: they are not.
    """
    left = free_bytes()
    if left is not None and needed > left + held_bytes():
        raise refuse_file(
            f"{what}, would need about {needed / _GIB:.1f} GiB of memory to fit, and {left / _GIB:.1f} GiB are free. "
            "Fit a part of it, or on a machine with more memory."
        )


def held_bytes() -> int:
    """Return how much memory this process held at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_bytes() -> int | None:
    """Return how much more memory this process can have, under the system's, the container's and its own limit.

    None where the system does not say.
    """
    limits = [value for value in (_system_free(), _container_free(), _own_free()) if value is not None]
    return min(limits, default=None)


def _system_free() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _container_free() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (group / "memory.max").read_text().strip(), (group / "memory.current").read_text()
        return None if limit == "max" else max(int(limit) - int(used), 0)
    except (OSError, ValueError):
        return None


def _own_free() -> int | None:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else max(limit - held_bytes(), 0)
