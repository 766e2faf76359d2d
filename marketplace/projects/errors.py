"""Refusals of projects, openings and rate lines."""

from common.errors import Conflict, NotFound


class ProjectNotFound(NotFound):
    """No such project within the caller's scope."""

    title = "There is no such project"


class OpeningNotFound(NotFound):
    """No such opening within the caller's scope."""

    title = "There is no such opening"


class RateLineNotFound(NotFound):
    """No such rate line within the caller's scope."""

    title = "There is no such rate line"


class ProjectNotReady(Conflict):
    """The project or opening still lacks something that its next state needs."""

    code = "project_not_ready"


class RateLineOverlaps(Conflict):
    """Another line of the same opening, side and unit is valid at that time."""

    code = "rate_line_overlaps"
    title = "Another rate line is valid at that time: end it first"


class ProjectCodeTaken(Conflict):
    """The organization has a project with this code."""

    code = "project_code_taken"
    title = "Another project of this organization has this code"
