"""When to send again, when to look, when to give up waiting: pure.

Source of the two limits: Stripe forgets an idempotency key after 24 hours, so a key is sent again only well before, and
another attempt is made only well after.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

#: How far the provider's clock may be from ours.
TWO_CLOCKS: Final = timedelta(hours=1)
RESEND_WITHIN: Final = timedelta(hours=20)
NEW_ATTEMPT_AFTER: Final = timedelta(hours=25)
CLAIM: Final = timedelta(seconds=60)
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
FUNDS_PAUSE: Final = timedelta(minutes=5)
LOOK_UP_PAUSE: Final = timedelta(minutes=5)
FOLLOW_PAUSE: Final = timedelta(hours=1)
ORPHAN_AFTER: Final = timedelta(hours=1)
#: Lists are read again from a little before where they were read to: two clocks are never quite the same.
LIST_OVERLAP: Final = timedelta(hours=1)
#: Where reading events begins that were never read. Source: Stripe repeats a webhook for three days.
FIRST_EVENTS: Final = timedelta(days=3)
#: For so long after it was paid a bank may still send money back.
RETURNED_WITHIN: Final = timedelta(days=30)
#: What is kept in the place of a webhook about the account of somebody who was erased. No kind of object is called so.
WITHOUT_BODY: Final = '{"object": "erased"}'

#: How far each state is on the way; an older word of the provider never moves a payout back.
RANK: Final = {"TRANSFERRED": 1, "IN_TRANSIT": 2, "PAID": 3}


def pause_after(sends: int, salt: str) -> timedelta:
    """Return how long to wait after the n-th send: doubling from 1 s to 5 min, spread by up to a quarter.

    The spread follows from ``salt``, so that a replayed run waits equally long.
    """
    base = min(FIRST_PAUSE_S * 2 ** min(sends, 16), LONGEST_PAUSE_S)
    spread = hashlib.sha256(f"{salt}:{sends}".encode()).digest()[0] / 255
    return timedelta(seconds=base * (1 + spread / 4))


def may_resend(first_sent_at: datetime | None, now: datetime) -> bool:
    """Say whether the provider surely still knows the key."""
    return first_sent_at is None or now - first_sent_at < RESEND_WITHIN


def may_replace(last_sent_at: datetime | None, now: datetime) -> bool:
    """Say whether a request sent long ago and not found can no longer take effect."""
    return last_sent_at is None or now - last_sent_at >= NEW_ATTEMPT_AFTER


def subject_of(event_type: str) -> str:
    """Return the kind of object that an event is about: thin events put version and family before it.

    ``payout.paid`` and ``v1.payout.paid`` give ``payout``; ``v2.core.account[requirements].updated`` gives ``account``.
    """
    words = event_type.partition("[")[0].split(".")
    if words[0] == "v1":
        words = words[1:]
    elif words[0] == "v2":
        words = words[2:]
    return words[0] if words else ""
