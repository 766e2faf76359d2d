"""Reads how the judgments of one worker in one scope bear on the score, as it stood at a moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from quality.estimates.influence import Influence, Part
from quality.estimates.models import QualityEstimate, ReviewerSeverity
from quality.estimates.severity import without_severity
from quality.evidence.models import Judgment
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes


def find_influence(*, worker_id: UUID, scope: ScopeCodes, until: datetime) -> Influence | None:
    """Return the influence on the newest estimate up to ``until``; None without judged work of their own in this very scope."""
    scope_id = find_scope_ids([scope]).get(scope)
    if scope_id is None:
        return None
    rows = QualityEstimate.objects.filter(worker_id=worker_id, scope_id=scope_id, as_of__lte=until, is_inherited=False)
    row = rows.order_by("-as_of", "-id").first()
    if row is None:
        return None
    severities = dict(ReviewerSeverity.objects.filter(fit_run=row.fit_run_id).values_list("reviewer_id", "severity"))
    judged = Judgment.objects.effective().filter(worker_id=worker_id, scope_id=scope_id, at__lte=until)
    columns = judged.values_list("source_key", "kind", "actor_id", "value", "confidence")
    parts = {
        key: Part(
            kind=kind,
            weight=confidence,
            value=without_severity(value, kind=kind, severity=severities.get(actor, 0.0)),
        )
        for key, kind, actor, value, confidence in columns
        if value is not None
    }
    return Influence(mean=row.mean, strength=row.strength, parts=parts)
