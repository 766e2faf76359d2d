"""Refusals of time."""

from common.errors import Conflict, NotFound


class TimeEntryNotFound(NotFound):
    """No such entry within the caller's scope."""

    title = "There is no such time entry"


class TimeOverlaps(Conflict):
    """The expert has another entry at that time."""

    code = "time_overlaps"
    title = "This overlaps with another of your time entries"


class TimeAlreadyDecided(Conflict):
    """Somebody has decided on the entry."""

    code = "already_decided"
    title = "This time entry is decided already"


class NoTimerRuns(Conflict):
    """There is nothing to stop."""

    code = "no_timer"
    title = "No timer is running"


class EngagementNotOpen(Conflict):
    """The engagement is paused or has ended."""

    code = "engagement_not_open"
    title = "This engagement is not in production, so no time can be tracked"
