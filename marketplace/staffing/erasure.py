"""What invitations, offers and engagements tell of a person. An engagement is ended before, by people; the rest is closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common import states
from common.erasure import Erasing, Obstacle, Part, PersonalRows, owned, register_part
from marketplace.staffing.models import Engagement, Invitation, Offer

_MINE = "expert__user_id"


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    live = Engagement.objects.filter(expert__user_id=person_id).exclude(state=Engagement.State.ENDED)
    for row in live.select_related("opening__project").order_by("id"):
        words = f"An engagement that has not ended: “{row.opening.title}” of {row.opening.project.name}."
        yield Obstacle("engagement", words)


def _close(erasing: Erasing) -> None:
    for model in (Invitation, Offer):
        sent = model.objects.select_for_update(of=("self",)).filter(**{_MINE: erasing.person_id}, state="SENT")
        for row in sent.order_by("id"):
            states.move(row, "DECLINED", by=erasing.by, now=erasing.now, reason_code="ERASED")
    # Only in a restored database is one alive still; the work behind it is decided as ever.
    live = Engagement.objects.select_for_update(of=("self",)).filter(**{_MINE: erasing.person_id})
    for row in live.exclude(state=Engagement.State.ENDED).order_by("id"):
        words = "The person was erased."
        reason = {"reason_code": "ERASED", "reason_text": words}
        also = {"ended_at": erasing.now, **reason}
        states.move(row, Engagement.State.ENDED, by=erasing.by, now=erasing.now, also=also, **reason)


register_part(
    "marketplace.staffing",
    Part(
        obstacles=_obstacles,
        close=_close,
        rows=(
            PersonalRows(model=Invitation, find=owned(Invitation, _MINE), named=("message", "reason_text")),
            PersonalRows(model=Offer, find=owned(Offer, _MINE), named=("terms", "reason_text")),
            PersonalRows(model=Engagement, find=owned(Engagement, _MINE), named=("reason_text",)),
        ),
    ),
)
