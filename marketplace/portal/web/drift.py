"""The alarms of drift as a file."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from common import clock, web
from common.spreadsheets import CSV_TYPE, csv_text
from marketplace.portal.queries.drift import AlarmRow, list_alarms
from marketplace.projects.models import Project

_HEADER = ["person", "worker_id", "domain", "locale", "task_kind", "raised_at", "checked_at", "since"]
_HEADER += [
    "before",
    "low90_before",
    "high90_before",
    "after",
    "low90_after",
    "high90_after",
    "answers",
    "how_sure",
    "state",
]


@web.page("quality.read")
def download_alarms(request: web.PageRequest) -> HttpResponse:
    """Answer the alarms that go on as CSV, the newest first: one line a person and scope, shares of 0..1, times in UTC."""
    web.refuse_unknown_filters(request, ["project"])
    lines = [_line(row) for row in list_alarms(request.user, project=_asked_project(request))]
    answer = HttpResponse(csv_text(_HEADER, lines), content_type=CSV_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="drift-{clock.now():%Y-%m-%d}.csv"'
    return answer


def _asked_project(request: web.PageRequest) -> Project | None:
    asked = request.GET.get("project")
    if not asked:
        return None
    managed = Project.objects.managed_by(request.user).select_related("domain")
    found = {str(row.id): row for row in managed}.get(asked)
    if found is None:
        raise Http404
    return found


def _line(row: AlarmRow) -> list[object]:
    alarm, fall = row.alarm, row.alarm.fall
    levels = [(level.mean, level.low90, level.high90) for level in (fall.before, fall.after)]
    return [
        row.name,
        str(alarm.worker_id),
        alarm.scope.domain,
        alarm.scope.locale,
        alarm.scope.task_kind,
        *(at.isoformat() for at in (alarm.raised_at, alarm.checked_at, fall.since)),
        *(round(share, 4) for level in levels for share in level),
        round(fall.answers, 1),
        fall.how_sure,
        row.state,
    ]
