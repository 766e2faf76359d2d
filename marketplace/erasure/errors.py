"""Refusals about being forgotten."""

from common.errors import Conflict, NotFound


class ErasureRequestNotFound(NotFound):
    """No such request within the caller's scope."""

    title = "There is no such request to be forgotten"


class ErasureAskedBefore(Conflict):
    """A request of the person waits already."""

    code = "erasure_asked_before"
    title = "A request to be forgotten waits for its decision already"


class ErasureObstructed(Conflict):
    """Something has to be settled first; the text says what."""

    code = "erasure_obstructed"
    title = "Something has to be settled first"
