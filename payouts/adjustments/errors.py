"""What adjustment commands refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidAdjustment(InvalidInput):
    """The adjustment's person, amount or reason cannot be."""

    code = "invalid_adjustment"
    title = "This adjustment is not valid"


class UnknownAdjustment(NotFound):
    """There is no such adjustment for this person."""


class InvalidImport(InvalidInput):
    """Rows of the file cannot be adjustments; ``problems`` name each by line and column, at most 1,000. None was taken."""

    code = "invalid_import"
    title = "Rows of this file are not valid"


class UnknownImport(NotFound):
    """There is no such file of adjustments for this person."""


class DecidedWithItsFile(Conflict):
    """The adjustment came with a file and is decided with it."""

    code = "decided_with_its_file"
    title = "This came with a file and is decided with it"
