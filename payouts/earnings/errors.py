"""What posting and reversing earnings refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class EarningAlreadyPosted(Conflict):
    """This source was earned before; nothing was posted."""

    code = "earning_already_posted"
    title = "This work is paid for already"


class EarningAlreadyReversed(Conflict):
    """The earning was taken back before; nothing was posted."""

    code = "earning_already_reversed"
    title = "This earning is reversed already"


class EarningInCycle(Conflict):
    """A pay cycle holds the earning: cancel the cycle first, or recover a paid one by an adjustment."""

    code = "earning_in_cycle"
    title = "A pay cycle holds this earning"


class InvalidEarning(InvalidInput):
    """A figure of the earning cannot be: nothing worked, no rate, an unknown currency, ends before it starts."""

    code = "invalid_earning"
    title = "This earning is not valid"


class UnknownEarning(NotFound):
    """There is no earning for this source."""
