"""The only clock. Faces read it and pass ``now`` down; commands never read a clock themselves.

Business time is the application's, never the database's ``now()``, so that a test, a demo or a replay can say which
instant it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

FIRST_YEAR, FIRST_INSTANT_YEAR, LAST_YEAR = 1900, 2000, 2199
"""What people may enter: days (a credential may be old) and instants; arithmetic on them never leaves the calendar."""

_frozen: ContextVar[datetime | None] = ContextVar("muster_frozen_now", default=None)


def now() -> datetime:
    """Return the current instant: aware, in UTC."""
    return _frozen.get() or datetime.now(tz=UTC)


@contextmanager
def at(instant: datetime) -> Iterator[datetime]:
    """Hold the clock at ``instant`` (aware) for the current context: tests and seeded data use it."""
    token = _frozen.set(require_aware(instant).astimezone(UTC))
    try:
        yield instant
    finally:
        _frozen.reset(token)


def require_aware(instant: datetime) -> datetime:
    """Return ``instant`` unchanged if it says its offset.

    Raises:
        ValueError: the time is naive, so nobody can say which instant it means.
    """
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no UTC offset")
    return instant
