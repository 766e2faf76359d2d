"""What cycle commands refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class CycleOverlaps(Conflict):
    """Another cycle of this currency and kind covers part of the period."""

    code = "cycle_overlaps"
    title = "Another cycle covers part of this period"


class NothingToPay(Conflict):
    """No line of the cycle pays anything."""

    code = "nothing_to_pay"
    title = "There is nothing to pay"


class CycleChanged(Conflict):
    """The lines are no longer those that were calculated or approved; nothing was done."""

    code = "cycle_changed"
    title = "The lines are not the ones that were approved"


class AnotherCycleRuns(Conflict):
    """A cycle of this currency is being carried out; one at a time."""

    code = "another_cycle_runs"
    title = "Another cycle of this currency is being paid"


class FundsMissing(Conflict):
    """The balance at the payment provider is too small; a top-up is on its way and the cycle goes on by itself."""

    code = "funds_missing"
    title = "The balance does not cover the cycle yet"


class InvalidPeriod(InvalidInput):
    """The period is empty, says no offset, or has not ended."""

    code = "invalid_period"
    title = "This period cannot be paid"


class UnknownCycle(NotFound):
    """There is no such cycle for this person."""
