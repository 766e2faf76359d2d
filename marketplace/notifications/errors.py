"""Refusals of notices and webhooks."""

from common.errors import Conflict, NotFound


class NoticeNotFound(NotFound):
    """No such notice of the caller's."""

    title = "There is no such notice"


class EndpointNotFound(NotFound):
    """No such webhook endpoint within the caller's scope."""

    title = "There is no such webhook endpoint"


class DeliveryNotFound(NotFound):
    """No such webhook delivery within the caller's scope."""

    title = "There is no such delivery"


class EndpointExists(Conflict):
    """The organization has an enabled endpoint at this address."""

    code = "endpoint_exists"
    title = "There is an enabled endpoint with this address already"
