"""What settling positions refuses, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidSettlement(InvalidInput):
    """An exchange's currencies, amounts or reference cannot be."""

    code = "invalid_settlement"
    title = "This exchange is not valid"


class PositionSmaller(Conflict):
    """There is not so much to exchange; nothing was booked."""

    code = "position_smaller"
    title = "There is not so much to exchange"


class UnknownSettlement(NotFound):
    """There is no such exchange for this person."""
