"""Reads of quality under the reader's rights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common.errors import NotFound, NotPermitted
from common.permissions import has_grant, require_grant, tenants_with, visible_workers
from quality.consensus.queries import accuracy_of_scopes, list_unsure_answers
from quality.consensus.values import UncertainAnswer
from quality.consensus.worth import weigh_labels
from quality.estimates.models import QualityEstimate
from quality.estimates.queries import estimate_history, get_estimate, heat_map, item_of, list_item_levels
from quality.estimates.values import EstimateView, HistoryPoint, ItemFigure, QualityFigure
from quality.evidence.queries import count_meetings
from quality.evidence.values import PlantedCount
from quality.policies.models import DriftAlarm
from quality.policies.queries import alarm_of, list_standing_alarms
from quality.policies.values import DriftAlarmView
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes

OWN = "quality.own"
READ = "quality.read"
#: So many of the least sure answers are weighed for a page.
MOST_WEIGHED = 1_000


def get_visible_estimate(user: Any, worker_id: UUID, scope: ScopeCodes) -> EstimateView:
    """This will return a worker's estimate with its reasons.

    Raises:
        NotPermitted: the reader's role never reads quality.
        NotFound: the worker is neither the reader nor among those the reader may see.
    """
    _require_visible(user, worker_id)
    return get_estimate(
        worker_id=worker_id,
        domain=scope.domain,
        locale=scope.locale,
        task_kind=scope.task_kind,
    )


def list_visible_history(user: Any, worker_id: UUID, scope: ScopeCodes) -> list[HistoryPoint]:
    """This will return a worker's estimates over time, oldest first.

    Raises:
        NotPermitted, NotFound: as ``get_visible_estimate``.
    """
    _require_visible(user, worker_id)
    return estimate_history(worker_id=worker_id, scope=scope)


def visible_estimates(user: Any) -> QuerySet[QualityEstimate]:
    """This will return the current estimates that ``user`` may read, own ones included.

    Raises:
        NotPermitted: the reader's role never reads quality.
    """
    return QualityEstimate.objects.filter(_of_visible(user), is_current=True).select_related("scope")


def visible_drift_alarms(user: Any) -> QuerySet[DriftAlarm]:
    """This will return the alarms of drift that go on and that ``user`` may read, own ones included, the newest first.

    Raises:
        NotPermitted: the reader's role never reads quality.
    """
    return list_standing_alarms().filter(_of_visible(user))


def list_drift_alarms(
    user: Any, *, worker_ids: Collection[UUID], scopes: Collection[ScopeCodes]
) -> Sequence[DriftAlarmView]:
    """This will return the alarms that ``user`` may read about these workers in these very scopes, the newest first.

    Raises:
        NotPermitted: the reader's role never reads quality.
    """
    rows = visible_drift_alarms(user).filter(worker_id__in=worker_ids, scope_id__in=find_scope_ids(scopes).values())
    return [alarm_of(row) for row in rows]


def list_uncertain_items(user: Any, *, places: Collection[tuple[str, str]], limit: int) -> Sequence[ItemFigure]:
    """This will return the rated items of these (tenant, project)s of which one more rating would teach most, at most ``limit``.

    Tenants in which ``user`` does not read quality have none.

    Raises:
        NotPermitted: the reader's role never reads others' quality.
    """
    require_grant(user, READ)
    mine = {str(tenant) for tenant in tenants_with(user, READ)}
    rows = list_item_levels([place for place in places if place[0] in mine])
    return [item_of(row) for row in rows[:limit]]


def list_uncertain_answers(user: Any, *, places: Collection[tuple[str, str]], limit: int) -> Sequence[UncertainAnswer]:
    """This will return the labeled items of these (tenant, project)s of which one more label would teach most, at most ``limit``.

    Of the ``MOST_WEIGHED`` least sure answers; items of which a label can teach nothing are left out. Tenants in which
    ``user`` does not read quality have none.

    Raises:
        NotPermitted: the reader's role never reads others' quality.
    """
    require_grant(user, READ)
    mine = {str(tenant) for tenant in tenants_with(user, READ)}
    answers = list_unsure_answers(places=[place for place in places if place[0] in mine], limit=MOST_WEIGHED)
    values = weigh_labels(answers, accuracy_of_scopes({row.scope_id for row in answers}))
    rows = [
        UncertainAnswer(item=row.item, value=value) for row, value in zip(answers, values, strict=True) if value > 0
    ]
    return sorted(rows, key=lambda row: (-row.value, row.item.item_key))[:limit]


def count_planted(user: Any, *, places: Collection[tuple[str, str]], since: datetime) -> PlantedCount:
    """This will count the planted items of these (tenant, project)s that were met since then, and those found.

    Tenants in which ``user`` does not read quality have none.

    Raises:
        NotPermitted: the reader's role never reads others' quality.
    """
    require_grant(user, READ)
    mine = {str(tenant) for tenant in tenants_with(user, READ)}
    return count_meetings(places=[place for place in places if place[0] in mine], since=since)


def visible_heat_map(
    user: Any, worker_ids: Iterable[UUID], scopes: Iterable[ScopeCodes]
) -> dict[UUID, dict[ScopeCodes, QualityFigure]]:
    """This will return a figure for each of those workers whom ``user`` may see, and each scope.

    Raises:
        NotPermitted: the reader's role never reads quality.
    """
    can_read_others = _require_reader(user)
    allowed = {user.pk} | (set(visible_workers(user)) if can_read_others else set())
    shown = [worker for worker in dict.fromkeys(worker_ids) if worker in allowed]
    return heat_map(worker_ids=shown, scopes=list(scopes))


def _of_visible(user: Any) -> Q:
    """The rows about whom the user may read: themselves, and for who reads others those workers whom they may see."""
    if not _require_reader(user):
        return Q(worker_id=user.pk)
    return Q(worker_id=user.pk) | Q(worker_id__in=visible_workers(user))


def _require_visible(user: Any, worker_id: UUID) -> None:
    can_read_others = _require_reader(user)
    if worker_id == user.pk:
        return
    if not (can_read_others and _is_among(visible_workers(user), worker_id)):
        raise NotFound("There is no such worker.")


def _is_among(workers: QuerySet[Any] | list[UUID], worker_id: UUID) -> bool:
    if isinstance(workers, QuerySet):
        return workers.filter(pk=worker_id).exists()
    return worker_id in workers


def _require_reader(user: Any) -> bool:
    """Whether the user reads others' quality; refuses who reads none at all."""
    can_read_others = has_grant(user, READ)
    if not can_read_others and not has_grant(user, OWN):
        raise NotPermitted("Your role does not read quality.")
    return can_read_others
