"""Refusals of applications."""

from common.errors import Conflict, NotFound


class ApplicationNotFound(NotFound):
    """No such application within the caller's scope."""

    title = "There is no such application"


class OpeningNotOpen(Conflict):
    """The opening, or its project, takes nobody now."""

    code = "opening_not_open"
    title = "This opening takes no applications now"


class AlreadyApplied(Conflict):
    """There is a live application already."""

    code = "already_applied"
    title = "There is a live application for this opening already"
