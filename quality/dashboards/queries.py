"""Reads of quality under the reader's rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common.errors import NotFound, NotPermitted
from common.permissions import has_grant, visible_workers
from quality.estimates.models import QualityEstimate
from quality.estimates.queries import estimate_history, get_estimate, heat_map
from quality.estimates.values import EstimateView, HistoryPoint, QualityFigure
from quality.scopes.rules import ScopeCodes

OWN = "quality.own"
READ = "quality.read"


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
    can_read_others = _require_reader(user)
    allowed = Q(worker_id=user.pk)
    if can_read_others:
        allowed |= Q(worker_id__in=visible_workers(user))
    return QualityEstimate.objects.filter(allowed, is_current=True).select_related("scope")


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
