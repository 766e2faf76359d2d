"""What reversal commands refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidReversal(InvalidInput):
    """The reason is missing or too long."""

    code = "invalid_reversal"
    title = "This reversal is not valid"


class UnknownReversal(NotFound):
    """There is no such reversal for this person."""


class NotReversible(Conflict):
    """The entry follows from something else, which has to be undone instead; nothing was done."""

    code = "not_reversible"
    title = "This entry is not reversed by hand"


class ReversalAlreadyProposed(Conflict):
    """Somebody has proposed to reverse this entry; it waits for its decision, or was approved."""

    code = "reversal_already_proposed"
    title = "The reversal of this entry is proposed already"


class DebtAlreadyRecovered(Conflict):
    """Payments have recovered part of the debt: pay that back by a correction."""

    code = "debt_already_recovered"
    title = "Part of this debt was recovered already; pay it back by a correction"
