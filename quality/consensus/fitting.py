"""From labels and comparisons to answers, scores and evidence about workers, one project after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from quality.consensus.values import ItemAnswer, RankedItem
from quality.evidence.values import ComparisonValue, EvidenceSum, JudgmentKind, LabelValue, Project
from quality.methods.categorical.ensemble import CategoricalEnsemble
from quality.methods.pairwise import PairwiseModel

# A worker's share, the known answers that would tell as much, and how many labels or comparisons it comes from.
type Share = tuple[UUID, float, float, int]

# Less than this part of a known answer is no evidence.
_NOTHING = 1e-3


@dataclass(frozen=True, slots=True)
class ProjectConsensus:
    """What the words on one project's items say: an answer to each labeled item, a score of each compared one.

    ``shares`` tell how often its workers were right.
    """

    project: Project
    items: list[ItemAnswer]
    ranked: list[RankedItem]
    shares: list[Share]


def fit_project(
    project: Project, labels: Sequence[LabelValue], comparisons: Sequence[ComparisonValue], known: Mapping[str, str]
) -> ProjectConsensus:
    """This will find the likeliest answer to each labeled item, the score of each compared one, and how often workers are right.

    Each project is fitted alone, for names are a project's own. Labels by ``CategoricalEnsemble``, comparisons by
    ``PairwiseModel``; both come in one fixed order. ``known`` are answers known beforehand by item; they teach how
    people err, and nobody reads them here. Items that only one person labeled say nothing, and so does a worker whom labels can't tell
    from others. A worker's own answers to planted items are left out of the share: they are evidence by themselves. Where items are
    compared, workers are measured by that and not by their labels, which are the same words once more.
    """
    items: list[ItemAnswer] = []
    ranked: list[RankedItem] = []
    shares: list[Share] = []
    if comparisons:
        model = _fit_comparisons(comparisons)
        ranked = _ranked(comparisons, model)
        shares = list(_reliabilities(comparisons, model))
    if labels and max(Counter(row.item_key for row in labels).values()) >= 2:
        ensemble = _fit_labels(labels, known)
        items = list(_answers(labels, ensemble, known))
        if not comparisons:
            shares = list(_accuracies(labels, ensemble))
    return ProjectConsensus(project, items, ranked, shares)


def worker_evidence(fitted: Iterable[tuple[UUID, Sequence[Share]]]) -> list[EvidenceSum]:
    """This will sum up for each worker and scope, over all projects there, how often they were right, in one fixed order.

    ``fitted`` is the scope and the shares of each project.
    """
    shares: dict[tuple[UUID, UUID], list[tuple[float, float, int]]] = defaultdict(list)
    for scope_id, rows in fitted:
        for worker_id, mean, n_eff, count in rows:
            shares[worker_id, scope_id].append((mean, n_eff, count))
    return [_evidence(*pair, shares[pair]) for pair in sorted(shares)]


def _fit_labels(group: Sequence[LabelValue], known: Mapping[str, str]) -> CategoricalEnsemble:
    given = {row.item_key: known[row.item_key] for row in group if row.item_key in known}
    return CategoricalEnsemble().fit(
        np.array([row.item_key for row in group]),
        np.array([str(row.worker_id) for row in group]),
        np.array([row.label for row in group]),
        given,
    )


def _answers(group: Sequence[LabelValue], model: CategoricalEnsemble, known: Mapping[str, str]) -> Iterator[ItemAnswer]:
    """Each item's answer; a planted one's by its labels alone, for a certain one would tell that it is planted."""
    counts = Counter(row.item_key for row in group)
    names = [str(name) for name in model.classes_]
    for place, task in enumerate(model.tasks_):
        posterior = model.unaided_posterior_ if str(task) in known else model.posterior_
        shares = dict(zip(names, map(float, posterior[place]), strict=True))
        yield ItemAnswer(str(task), max(shares, key=shares.__getitem__), shares, counts[str(task)])


def _accuracies(group: Sequence[LabelValue], model: CategoricalEnsemble) -> Iterator[Share]:
    tells = np.broadcast_to(model.is_identifiable_, model.worker_unaided_mean_.shape)
    counts = Counter(str(row.worker_id) for row in group)
    columns = (model.workers_, model.worker_unaided_mean_, model.worker_unaided_n_eff_, tells)
    for name, mean, n_eff, told in zip(*columns, strict=True):
        if told:
            yield UUID(str(name)), float(mean), float(n_eff), counts[str(name)]


def _fit_comparisons(rows: Sequence[ComparisonValue]) -> PairwiseModel:
    return PairwiseModel().fit(
        np.array([row.first for row in rows]),
        np.array([row.second for row in rows]),
        np.array([str(row.worker_id) for row in rows]),
        np.array([row.winner for row in rows]),
    )


def _ranked(rows: Sequence[ComparisonValue], model: PairwiseModel) -> list[RankedItem]:
    counts = Counter(item for row in rows for item in (row.first, row.second))
    return [
        RankedItem(item=str(item), score=float(score), score_se=float(error), comparisons=counts[str(item)])
        for item, score, error in zip(model.items_, model.score_, model.score_se_, strict=True)
    ]


def _reliabilities(rows: Sequence[ComparisonValue], model: PairwiseModel) -> Iterator[Share]:
    counts = Counter(str(row.worker_id) for row in rows)
    for name, mean, n_eff in zip(model.workers_, model.worker_mean_, model.n_eff_, strict=True):
        if n_eff > _NOTHING:
            yield UUID(str(name)), float(mean), float(n_eff), counts[str(name)]


def _evidence(worker_id: UUID, scope_id: UUID, shares: Sequence[tuple[float, float, int]]) -> EvidenceSum:
    weight = sum(n_eff for _, n_eff, _ in shares)
    mean = sum(mean * n_eff for mean, n_eff, _ in shares) / weight
    count = sum(count for _, _, count in shares)
    return EvidenceSum(worker_id, scope_id, JudgmentKind.AGREEMENT, None, min(mean, 1.0), weight, count)
