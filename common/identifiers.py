"""Time-ordered identifiers (UUID version 7)."""

from __future__ import annotations

import os
import time
import uuid

# Source: RFC 9562, section 5.7 (48 bits of Unix milliseconds, then version, variant and 74 random bits).
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_MASK = ((1 << 12) - 1) << 64 | ((1 << 62) - 1)


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7: unique, and roughly ordered by creation so that indexes stay compact."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big") & _RANDOM_MASK
    return uuid.UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_AND_VARIANT | random_bits)
