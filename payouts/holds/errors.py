"""What hold commands refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidHold(InvalidInput):
    """The hold's person, amount, reason or end cannot be."""

    code = "invalid_hold"
    title = "This hold is not valid"


class UnknownHold(NotFound):
    """There is no such hold for this person."""


class AlreadyAppealed(Conflict):
    """The hold has its appeal; one is read for each."""

    code = "already_appealed"
    title = "You have appealed against this hold"
