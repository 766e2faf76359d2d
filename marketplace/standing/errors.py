"""Refusals of appeals."""

from common.errors import Conflict, NotFound


class AppealNotFound(NotFound):
    """No such appeal within the caller's scope."""

    title = "There is no such appeal"


class DecisionNotFound(NotFound):
    """No such decision about the caller's own work or time."""

    title = "There is no such decision about your work"


class NothingToAppeal(Conflict):
    """The decision was in the person's favor."""

    code = "nothing_to_appeal"
    title = "This decision was in your favor"


class AppealedBefore(Conflict):
    """A decision is appealed once."""

    code = "appealed_before"
    title = "This decision was appealed before; an appeal is decided once, by another person"


class AppealTooLate(Conflict):
    """The time for an appeal has passed."""

    code = "appeal_too_late"
    title = "A decision can be appealed within 30 days"
