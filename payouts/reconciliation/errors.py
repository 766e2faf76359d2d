"""What reconciliation refuses, by name."""

from __future__ import annotations

from common.errors import Conflict, DomainError, InvalidInput, NotFound


class InvalidBreakDecision(InvalidInput):
    """The explanation, its date or the account of a write-off cannot be."""

    code = "invalid_break_decision"
    title = "This decision on a break is not valid"


class UnknownBreak(NotFound):
    """There is no such break for this person."""


class BreakHasChanged(Conflict):
    """The difference is no longer what was proposed; nothing was booked, and the next run says what it is now."""

    code = "break_has_changed"
    title = "The difference has changed since it was proposed"


class ProviderNotReadable(DomainError):
    """The provider did not list its transactions; what was read before is kept."""

    code = "provider_unavailable"
    status = 503
    title = "The payment provider does not answer. Try again in a minute"
