"""The evidence of a case piece by piece: every review of the worker's work in its scope, and what each did to the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common.permissions import has_grant
from marketplace.identity.models import User
from marketplace.standing.errors import CaseNotFound, UnitNotFound
from marketplace.standing.models import Case, CaseDispute, CaseDraft
from marketplace.standing.queries.cases import list_judged_reviews
from marketplace.standing.rules import DECIDE_CASES
from marketplace.work.models import Review
from quality.facade import find_influence

_DECIDED = {"ACCEPT": "Accepted", "RETURN": "Returned", "REJECT": "Rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One reviewed piece of work, without the reviewer's name.

    ``effect``: by how much (a share) the score was higher with this review than it would have been without it; None where it
    does not count. ``dispute`` is the worker's word that it is wrong, empty without.
    """

    review: UUID
    unit: str
    decided_at: datetime
    decision: str
    scores: dict[str, float]
    words: str
    effect: float | None
    dispute: str
    disputed_at: datetime | None

    @property
    def points(self) -> float | None:
        """The effect in points of 100."""
        return None if self.effect is None else 100 * self.effect


@dataclass(frozen=True, slots=True)
class Units:
    """The units that cost the score most first. ``are_counted``: whether any of them counts."""

    units: Sequence[Unit]
    are_counted: bool


def list_units(case: Case, reader: User) -> Units:
    """Return what was judged until the case was opened, as far as ``reader`` may see it.

    The worker, who decides and the auditors see all of it, others what was done for their own organizations. Planted items
    are not among them: the case tells their results in one sum. A fixed number of queries, however many units.
    """
    reviews = _of_reader(case, reader).select_related("submission__claim__task")
    found = find_influence(worker_id=case.worker_id, scope=case.scope, until=case.opened_at)
    disputes = {row.review_id: row for row in CaseDispute.objects.filter(case=case)}
    units = []
    for review in reviews.prefetch_related("scores", "errors"):
        scores = {row.criterion: row.score for row in review.scores.all()}
        keys = [f"review:{review.id}:{criterion}" for criterion in scores]
        dispute = disputes.get(review.id)
        units.append(
            Unit(
                review=review.id,
                unit=review.submission.claim.task.external_id,
                decided_at=review.decided_at,
                decision=_DECIDED[review.decision],
                scores=scores,
                words=_words(review),
                effect=None if found is None else found.effect_of(keys),
                dispute="" if dispute is None else dispute.text,
                disputed_at=None if dispute is None else dispute.at,
            )
        )
    units.sort(key=lambda unit: (unit.effect is None, unit.effect or 0.0))
    return Units(units, any(unit.effect is not None for unit in units))


def get_own_unit(case: Case, review_id: UUID) -> Review:
    """Return a review among the evidence of a case about oneself.

    Raises:
        UnitNotFound.
    """
    found = _judged(case).select_related("submission__claim__task").filter(id=review_id).first()
    if found is None:
        raise UnitNotFound
    return found


def get_own_case(user: User, case_id: UUID) -> Case:
    """Return a case about oneself of which one was told.

    Raises:
        CaseNotFound.
    """
    found = Case.objects.filter(id=case_id, worker=user, notice_at__isnull=False).first()
    if found is None:
        raise CaseNotFound
    return found


def find_answer_draft(case: Case) -> CaseDraft | None:
    """Return what the worker has written and not sent; only ever shown to them."""
    return CaseDraft.objects.filter(case=case).first()


def _judged(case: Case) -> QuerySet[Review]:
    return list_judged_reviews(case).filter(decided_at__lte=case.opened_at)


def _of_reader(case: Case, reader: User) -> QuerySet[Review]:
    if reader.pk == case.worker_id or has_grant(reader, DECIDE_CASES) or has_grant(reader, "audit.read"):
        return _judged(case)
    return _judged(case).filter(id__in=Review.objects.visible_to(reader).values("id"))


def _words(review: Review) -> str:
    errors = [
        f"{error.category} ({error.get_severity_display().lower()}){': ' if error.note else ''}{error.note}"
        for error in review.errors.all()
    ]
    return " ".join([*([review.reason_text] if review.reason_text else []), *(["; ".join(errors)] if errors else [])])
