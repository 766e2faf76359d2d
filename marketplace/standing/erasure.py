"""What appeals and cases tell of a person: their own words go, what others wrote loses their name, the outcome stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Obstacle, Part, PersonalRows, owned, register_part
from marketplace.standing.models import Appeal, Case, CaseDispute, CaseDraft


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    undecided = Appeal.objects.filter(opened_by_id=person_id, state=Appeal.State.OPEN).count()
    if undecided:
        yield Obstacle("appeal", f"Appeals that nobody has answered: {undecided}.")
    running = Case.objects.filter(worker_id=person_id, state__in=["OPENED", "ANSWERING", "APPEALED"]).count()
    if running:
        yield Obstacle("case", f"Cases about their standing that nobody has decided: {running}.")


register_part(
    "marketplace.standing",
    Part(
        obstacles=_obstacles,
        rows=(
            PersonalRows(model=Appeal, find=owned(Appeal, "opened_by_id"), own_words=("text",), named=("answer",)),
            PersonalRows(model=CaseDispute, find=owned(CaseDispute, "case__worker_id"), own_words=("text",)),
            PersonalRows(model=CaseDraft, find=owned(CaseDraft, "case__worker_id"), is_deleted=True),
            PersonalRows(
                model=Case,
                find=owned(Case, "worker_id"),
                own_words=("answer_text", "appeal_text"),
                named=("report_text", "tried_text", "urgent_text", "decision_text", "appeal_answer"),
            ),
        ),
    ),
)
