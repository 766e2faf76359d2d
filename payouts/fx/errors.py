"""What exchange rates refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidRates(InvalidInput):
    """A rate, or a file of rates, cannot be; it names each row or field."""

    code = "invalid_rates"
    title = "These rates are not valid"


class RateDiffers(Conflict):
    """The same source said another rate for the same instant before; a rate is never changed."""

    code = "rate_differs"
    title = "A rate of this source and instant is known, and it is another one"


class NoFreshRate(Conflict):
    """There is no rate between two currencies, or the newest is too old to convert money with."""

    code = "no_fresh_rate"
    title = "There is no rate that is young enough"


class UnknownRateProposal(NotFound):
    """There is no such proposal for this person."""
