"""What adjustment commands refuse, by name."""

from __future__ import annotations

from common.errors import InvalidInput, NotFound


class InvalidAdjustment(InvalidInput):
    """The adjustment's person, amount or reason cannot be."""

    code = "invalid_adjustment"
    title = "This adjustment is not valid"


class UnknownAdjustment(NotFound):
    """There is no such adjustment for this person."""
