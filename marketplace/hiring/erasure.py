"""What applications tell of a person. Those that nobody answered are withdrawn."""

from __future__ import annotations

from common import states
from common.erasure import Erasing, Part, PersonalRows, owned, register_part
from marketplace.hiring.models import Application

State = Application.State


def _close(erasing: Erasing) -> None:
    live = Application.objects.select_for_update(of=("self",)).filter(expert__user_id=erasing.person_id)
    for row in live.filter(state__in=Application.LIVE).order_by("id"):
        to = State.DECLINED if row.state == State.OFFERED else State.WITHDRAWN
        states.move(row, to, by=erasing.by, now=erasing.now, reason_code="ERASED")


register_part(
    "marketplace.hiring",
    Part(
        close=_close,
        rows=(
            PersonalRows(
                model=Application,
                find=owned(Application, "expert__user_id"),
                own_words=("note",),
                named=("reason_text",),
            ),
        ),
    ),
)
