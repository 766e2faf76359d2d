"""Refusals about profiles."""

from common.errors import Conflict, NotFound


class ExpertProfileNotFound(NotFound):
    """No such profile within the caller's scope."""

    title = "There is no such expert profile"


class ProfileExists(Conflict):
    """The person has a profile."""

    code = "profile_exists"
    title = "You have an expert profile already"


class ProfileIncomplete(Conflict):
    """The profile lacks what it needs before anybody can find it."""

    code = "profile_incomplete"
    title = "Add at least one language and one domain or skill first"
