"""Time-ordered identifiers (UUID version 7)."""

from __future__ import annotations

import os
import threading
import time
import uuid

# Source: RFC 9562, section 5.7 (48 bits of Unix milliseconds, then version, 12 bits, variant and 62 bits).
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_NS_A_MILLISECOND = 1_000_000

_lock = threading.Lock()
_last_tick = 0


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7, greater than every earlier one of this process.

    Rows that one command writes one after the other thus stay in that order when they are read by id.
    Source: RFC 9562, section 6.2, method 3 (the 12 bits after the version count 1/4096 of a millisecond).
    """
    tick = _next_tick()
    random_bits = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(tick >> 12) << 80 | (tick & 0xFFF) << 64 | _VERSION_AND_VARIANT | random_bits)


def _next_tick() -> int:
    global _last_tick
    with _lock:
        _last_tick = max(time.time_ns() * 4096 // _NS_A_MILLISECOND, _last_tick + 1)
        return _last_tick
