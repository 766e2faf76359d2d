"""What words went into a fit, as digests: the same words, known answers included, give the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import groupby

from quality.evidence.queries import iterate_comparisons, iterate_latest_labels
from quality.evidence.values import ComparisonValue, LabelValue, Project


def digest_words(labels: Iterable[LabelValue], comparisons: Iterable[ComparisonValue], known: Mapping[str, str]) -> str:
    """This will return the sha256 of one project's labels and that of its comparisons, each in one fixed order."""
    of_labels, of_comparisons = hashlib.sha256(), hashlib.sha256()
    for label in labels:
        of_labels.update(repr((label.item_key, str(label.worker_id), label.label, known.get(label.item_key))).encode())
    for row in comparisons:
        of_comparisons.update(repr((row.first, row.second, str(row.worker_id), row.winner)).encode())
    return f"{of_labels.hexdigest()} {of_comparisons.hexdigest()}"


def digest_all_words(known: Mapping[str, str]) -> dict[Project, str]:
    """This will return the digest of each project that has words; they are read in one pass and not kept."""
    labels = {project: digest_words(rows, (), known) for project, rows in groupby(iterate_latest_labels(), _project_of)}
    comparisons = {
        project: digest_words((), rows, known) for project, rows in groupby(iterate_comparisons(), _project_of)
    }
    nothing = digest_words((), (), known)
    return {
        project: f"{labels.get(project, nothing).split()[0]} {comparisons.get(project, nothing).split()[1]}"
        for project in sorted(labels.keys() | comparisons.keys())
    }


def _project_of(row: LabelValue | ComparisonValue) -> Project:
    return Project(row.scope_id, row.tenant, row.project)
