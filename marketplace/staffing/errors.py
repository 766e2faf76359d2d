"""Refusals of invitations, offers and engagements."""

from common.errors import Conflict, NotFound


class InvitationNotFound(NotFound):
    """No such invitation within the caller's scope."""

    title = "There is no such invitation"


class OfferNotFound(NotFound):
    """No such offer within the caller's scope."""

    title = "There is no such offer"


class EngagementNotFound(NotFound):
    """No such engagement within the caller's scope."""

    title = "There is no such engagement"


class ExpertNotFound(NotFound):
    """No such expert among those who can be found."""

    title = "There is no such expert"


class SeatsFilled(Conflict):
    """Every seat of the opening is taken."""

    code = "seats_filled"
    title = "Every seat of this opening is taken"


class AlreadyInvited(Conflict):
    """A live invitation, offer or engagement exists."""

    code = "already_invited"
    title = "The expert has a live invitation, offer or engagement for this opening already"


class OfferExpired(Conflict):
    """The offer's time has passed."""

    code = "offer_expired"
    title = "This offer has expired"


class RateLineEnded(Conflict):
    """The pay line of the offer is not valid any more."""

    code = "rate_line_ended"
    title = "The pay line of this offer is not valid now"


class CannotBePaid(Conflict):
    """No rail pays into the expert's bank country in the opening's currency."""

    code = "cannot_be_paid"
    title = "This expert cannot be paid yet"
