"""When to try again, and which events a client can subscribe to."""

from datetime import timedelta
from typing import Final

EVENT_TYPES: Final = ("batch.completed", "submission.accepted", "test.ping")
#: Pauses between attempts: about three days in all. Source: Standard Webhooks specification, "Deliverability and reliability".
RETRY_AFTER: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
)
#: An endpoint whose messages were exhausted this often in a row is disabled, and its owner told.
DISABLE_AFTER_EXHAUSTED: Final = 3
TIMEOUT_S: Final = 10
MOST_MAIL_ATTEMPTS: Final = 8


def next_attempt_after(attempts: int) -> timedelta | None:
    """Return the pause after the ``attempts``-th failed attempt, or None when there is none left."""
    return RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None
