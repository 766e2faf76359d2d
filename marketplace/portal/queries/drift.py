"""Alarms of drift as managers read them: with the person's name, and with what people have made of it so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from common.permissions import has_grant
from marketplace.identity.models import User
from marketplace.portal.queries.quality import names_of_engaged, scope_of_project
from marketplace.projects.models import Project
from marketplace.standing.models import Case
from marketplace.standing.queries import list_cases
from marketplace.standing.rules import OPEN_CASES
from quality.facade import DriftAlarmView, ScopeCodes, list_drift_alarms, list_proposals

_RUNNING = (Case.State.OPENED, Case.State.ANSWERING, Case.State.APPEALED)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm with the person's name; ``case`` that runs in its scope, or else ``proposal`` that waits, if the viewer may see it."""

    name: str
    alarm: DriftAlarmView
    case: UUID | None
    proposal: UUID | None

    @property
    def state(self) -> str:
        """What people have made of it."""
        if self.case is not None:
            return "Case opened"
        return "Proposed to look at" if self.proposal is not None else "Being watched"


def list_alarms(user: User, *, project: Project | None = None) -> Sequence[AlarmRow]:
    """Return the alarms about the people and in the scopes of the viewer's projects (or of one), the newest first."""
    managed = Project.objects.managed_by(user).select_related("domain")
    projects = list(managed) if project is None else [project]
    names = names_of_engaged(projects)
    scopes = {scope_of_project(row) for row in projects}
    alarms = list_drift_alarms(user, worker_ids=list(names), scopes=scopes)
    cases = _running_cases(user, {alarm.worker_id for alarm in alarms})
    proposals = _open_proposals(user) if alarms else {}
    keys = [(alarm.worker_id, alarm.scope) for alarm in alarms]
    return [
        AlarmRow(names[alarm.worker_id], alarm, cases.get(key), proposals.get(key))
        for alarm, key in zip(alarms, keys, strict=True)
    ]


def _running_cases(user: User, workers: set[UUID]) -> dict[tuple[UUID, ScopeCodes], UUID]:
    if not workers:
        return {}
    rows = list_cases(user).filter(worker_id__in=workers, state__in=_RUNNING)
    return {(row.worker_id, row.scope): row.id for row in rows}


def _open_proposals(user: User) -> dict[tuple[UUID, ScopeCodes], UUID]:
    """Proposals are for who may open cases; reviewers read quality without them."""
    if not has_grant(user, OPEN_CASES):
        return {}
    return {(row.worker_id, row.scope): row.id for row in list_proposals(user)}
