"""Named points at which tests stop, kill or break a process. Without ``ALLOW_FAULTS`` they do nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

_known: set[str] = set()
_hits: dict[str, int] = {}


class FaultRaised(RuntimeError):
    """The point was armed with ``raise``."""


class ProcessDied(BaseException):
    """A simulated death at a point. No ``except Exception`` holds it up, as none would hold up a real one."""


_dies_at: Callable[[str], bool] | None = None


@contextmanager
def dying_at(decide: Callable[[str], bool]) -> Iterator[None]:
    """Let simulations end the work in hand at every point for which ``decide(name)`` is true.

    Raises:
        RuntimeError: faults are not allowed here (``ALLOW_FAULTS``).
    """
    global _dies_at
    if not getattr(settings, "ALLOW_FAULTS", False):
        raise RuntimeError("faults are only for tests: set ALLOW_FAULTS")
    _dies_at = decide
    try:
        yield
    finally:
        _dies_at = None


def declare(*names: str) -> None:
    """Make ``names`` known to ``manage.py faults --list``; a module declares the points it holds."""
    _known.update(names)


def list_crash_points() -> list[str]:
    """Return every declared name, sorted."""
    return sorted(_known)


def crash_point(name: str) -> None:
    """Do what ``FAULT=name:n:kill|pause|raise`` says at the n-th visit of ``name``; otherwise nothing.

    ``pause`` makes a file of the name in ``FAULT_RESUME`` with ``.paused`` after it and waits until the file itself exists.
    """
    if _dies_at is not None and _dies_at(name):
        raise ProcessDied(name)
    fault = getattr(settings, "FAULT", "")
    if not fault or not getattr(settings, "ALLOW_FAULTS", False):
        return
    point, visit, action = fault.split(":")
    if point != name:
        return
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] != int(visit):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "pause":
        resume = Path(settings.FAULT_RESUME or "")
        resume.with_name(f"{resume.name}.paused").touch()
        while not resume.exists():
            time.sleep(0.02)
        return
    raise FaultRaised(name)
