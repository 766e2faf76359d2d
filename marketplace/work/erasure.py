"""What work tells of a person: unfinished drafts go, words about handed-in work lose their name.

Handed-in work itself is its client's and stays as it was handed in, by the person's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Obstacle, Part, PersonalRows, owned, register_part
from marketplace.work.models import Claim, Draft, ImportReport, Outcome, Review, ReviewError, Submission


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    mine = Claim.objects.filter(expert_user_id=person_id)
    claimed, waiting = (mine.filter(state=state).count() for state in (Claim.State.ACTIVE, Claim.State.SUBMITTED))
    if claimed:
        yield Obstacle("claim", f"Tasks claimed and not handed in: {claimed}. They are given back, or their time ends.")
    if waiting:
        yield Obstacle("submission", f"Work handed in that nobody has decided on: {waiting}.")


register_part(
    "marketplace.work",
    Part(
        obstacles=_obstacles,
        rows=(
            # Nothing of these changes but what acts on them say.
            PersonalRows(model=Claim, find=owned(Claim, "expert_user_id")),
            PersonalRows(model=Submission, find=owned(Submission, "claim__expert_user_id")),
            PersonalRows(model=Draft, find=owned(Draft, "claim__expert_user_id"), is_deleted=True),
            PersonalRows(model=Review, find=owned(Review, "author_id", "reviewer_id"), named=("reason_text",)),
            PersonalRows(
                model=ReviewError, find=owned(ReviewError, "review__author_id", "review__reviewer_id"), named=("note",)
            ),
            PersonalRows(
                model=Outcome,
                find=owned(Outcome, "submission__claim__expert_user_id", "reported_by_id"),
                named=("reason_text",),
            ),
            PersonalRows(model=ImportReport, find=owned(ImportReport, "created_by_id"), named=("file_name",)),
        ),
    ),
)
