"""From labels to answers and to evidence about workers, one project after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import numpy as np

from quality.consensus.values import ItemAnswer, ScopedAnswer
from quality.evidence.values import EvidenceSum, JudgmentKind, LabelValue
from quality.methods.categorical.ensemble import CategoricalEnsemble


@dataclass(frozen=True, slots=True)
class ConsensusFit:
    """What labels say: an answer for each item, and for each worker and scope how often they were right."""

    items: list[ScopedAnswer]
    workers: list[EvidenceSum]


def fit_consensus(labels: Sequence[LabelValue], known: Mapping[str, str]) -> ConsensusFit:
    """This will find the likeliest answer to each item, and how often each worker is right.

    ``labels`` come sorted by scope, tenant and project: the classes of a project are its own, so each is fitted alone
    (``CategoricalEnsemble``). ``known`` are answers known beforehand by item. A project whose items were never labeled
    by two people says nothing, and so does a worker whom labels can't tell from others. A worker's own answers to planted
    items are left out of the share: they are evidence by themselves.
    """
    items: list[ScopedAnswer] = []
    shares: dict[tuple[UUID, UUID], list[tuple[float, float, int]]] = defaultdict(list)
    for (scope_id, _tenant, _project), rows in groupby(labels, lambda row: (row.scope_id, row.tenant, row.project)):
        group = list(rows)
        if max(Counter(row.item_key for row in group).values()) < 2:
            continue
        model = _fit(group, known)
        items += (ScopedAnswer(scope_id, item) for item in _answers(group, model))
        for worker_id, share in _worker_shares(group, model):
            shares[worker_id, scope_id].append(share)
    return ConsensusFit(items, [_evidence(*pair, shares[pair]) for pair in sorted(shares)])


def _fit(group: Sequence[LabelValue], known: Mapping[str, str]) -> CategoricalEnsemble:
    given = {row.item_key: known[row.item_key] for row in group if row.item_key in known}
    return CategoricalEnsemble().fit(
        np.array([row.item_key for row in group]),
        np.array([str(row.worker_id) for row in group]),
        np.array([row.label for row in group]),
        given,
    )


def _answers(group: Sequence[LabelValue], model: CategoricalEnsemble) -> list[ItemAnswer]:
    counts = Counter(row.item_key for row in group)
    names = [str(name) for name in model.classes_]
    return [
        ItemAnswer(str(task), str(answer), dict(zip(names, map(float, shares), strict=True)), counts[str(task)])
        for task, answer, shares in zip(model.tasks_, model.answers_, model.posterior_, strict=True)
    ]


def _worker_shares(
    group: Sequence[LabelValue], model: CategoricalEnsemble
) -> list[tuple[UUID, tuple[float, float, int]]]:
    tells = np.broadcast_to(model.is_identifiable_, model.worker_unaided_mean_.shape)
    counts = Counter(str(row.worker_id) for row in group)
    return [
        (UUID(str(name)), (float(mean), float(n_eff), counts[str(name)]))
        for name, mean, n_eff, told in zip(
            model.workers_, model.worker_unaided_mean_, model.worker_unaided_n_eff_, tells, strict=True
        )
        if told
    ]


def _evidence(worker_id: UUID, scope_id: UUID, shares: Sequence[tuple[float, float, int]]) -> EvidenceSum:
    weight = sum(n_eff for _, n_eff, _ in shares)
    mean = sum(mean * n_eff for mean, n_eff, _ in shares) / weight
    count = sum(count for _, _, count in shares)
    return EvidenceSum(worker_id, scope_id, JudgmentKind.AGREEMENT, None, min(mean, 1.0), weight, count)
