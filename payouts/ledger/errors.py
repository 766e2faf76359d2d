"""What posting refuses, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class EntryAlreadyPosted(Conflict):
    """An entry with this idempotency key is in the books already; nothing was posted."""

    code = "entry_already_posted"
    title = "This entry is posted already"


class EntryAlreadyReversed(Conflict):
    """The entry has its reversal already; nothing was posted."""

    code = "entry_already_reversed"
    title = "This entry is reversed already"


class EntryIsReversal(Conflict):
    """The entry is a reversal itself; what it took back is posted again as a new entry."""

    code = "entry_is_reversal"
    title = "A reversal is not reversed"


class InsufficientBalance(Conflict):
    """An account would fall below its floor; nothing was posted."""

    code = "insufficient_balance"
    title = "The account does not hold that much"


class PeriodClosed(Conflict):
    """The date lies in a period that is closed; nothing was posted."""

    code = "period_closed"
    title = "The books of this period are closed"


class PeriodNotReady(Conflict):
    """The checklist names reasons not to close the month; nothing was changed."""

    code = "period_not_ready"
    title = "This month cannot be closed yet"


class InvalidClose(InvalidInput):
    """The words on closing a month are missing or too long."""

    code = "invalid_close"
    title = "Say why"


class UnpostableEntry(InvalidInput):
    """The entry itself is wrong: no lines, a line that moves nothing, an unknown account, or mixed currencies."""

    code = "unpostable_entry"
    title = "This entry cannot be posted"


class UnknownEntry(NotFound):
    """There is no such entry."""


class UnknownPeriod(NotFound):
    """There is no such period for this person."""
