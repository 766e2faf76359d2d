"""What is known of everybody on the night of proposing: a fixed number of queries, however many the workers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from common.erasure import erased_people
from quality.estimates.drift import Fall
from quality.estimates.models import Contribution, FitRun, QualityEstimate
from quality.estimates.queries import list_falls
from quality.estimates.rules import Reason
from quality.evidence.models import Judgment
from quality.evidence.values import JudgmentKind
from quality.methods.gates import DEFAULT_LIMITS, Standing
from quality.policies.models import Proposal, ScopePause
from quality.policies.queries.bars import load_bars
from quality.policies.rules import QUIET, Known, nearest_bars
from quality.scopes.rules import path_of

type Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Night:
    """Each worker and scope with evidence of their own: the estimate, what the gates ask of it, and whose work has fallen."""

    estimates: Mapping[Pair, QualityEstimate]
    known: Mapping[Pair, Known]
    proposals: Mapping[Pair, Proposal]
    quiet: Collection[tuple[UUID, UUID, str]]
    falls: Mapping[Pair, Fall]


def load_night(fit: FitRun, *, now: datetime) -> Night:
    """Return what is known at ``now``; ``proposals`` are the unsettled ones, ``quiet`` what is not proposed again yet."""
    proposals = {(row.worker_id, row.scope_id): row for row in Proposal.objects.filter(settled_at__isnull=True)}
    pauses = {(row.worker_id, row.scope_id): row for row in ScopePause.objects.filter(ended_at__isnull=True)}
    since = {pair: row.proposed_at for pair, row in proposals.items()}
    since |= {pair: row.began_at for pair, row in pauses.items()}
    watched = {worker for worker, _ in since}
    rows = (
        QualityEstimate.objects.filter(
            Q(n_eff__gte=DEFAULT_LIMITS.answers_to_coach) | Q(worker_id__in=watched),
            is_current=True,
            is_inherited=False,
        )
        .select_related("scope")
        .exclude(worker_id__in=erased_people())
    )
    estimates = {(row.worker_id, row.scope_id): row for row in rows}
    falls = list_falls(fit, set(estimates), now=now)
    answers = _count_answers()
    strong_since = _count_strong_since(pauses)
    lost = _list_changed(since)
    own, default = load_bars()
    known = {}
    for pair, row in estimates.items():
        if pair not in answers:  # what is known of a wider scope comes from the narrower ones, where it is proposed
            continue
        judged, strong = answers[pair]
        standing = Standing(
            mean=row.mean,
            strength=row.strength,
            n_eff=min(row.n_eff, judged),
            strong_answers=strong,
            is_falling=pair in falls,
            strong_answers_since_pause=strong_since[pair],
        )
        bars = nearest_bars(path_of(row.scope.codes), own, default)
        known[pair] = Known(standing=standing, bars=bars, is_paused=pair in pauses, has_lost_evidence=pair in lost)
    return Night(estimates, known, proposals, _list_quiet(now), falls)


def load_reasons(estimate_ids: Collection[UUID]) -> dict[UUID, list[Reason]]:
    """Return the reasons of these estimates in their order."""
    reasons: dict[UUID, list[Reason]] = {}
    rows = Contribution.objects.filter(estimate_id__in=list(estimate_ids)).order_by("estimate_id", "position")
    for row in rows:
        reasons.setdefault(row.estimate_id, []).append(Reason(row.words, row.evidence_kind, row.delta))
    return reasons


def _list_quiet(now: datetime) -> set[tuple[UUID, UUID, str]]:
    """What a person has closed and settled so recently that it is not proposed again."""
    closed = Proposal.objects.filter(settled_at__gt=now - QUIET).exclude(state=Proposal.State.LAPSED)
    return set(closed.values_list("worker_id", "scope_id", "kind"))


def _count_answers() -> dict[Pair, tuple[int, int]]:
    """Each worker's answers in each very scope: those that count, and those of them that are planted items.

    A review of the second level has no kind of its own in the evidence yet, so that planted items alone are strong.
    """
    rows = Judgment.objects.effective().values_list("worker_id", "scope_id").order_by("worker_id", "scope_id")
    counted = rows.annotate(judged=Count("id"), strong=Count("id", filter=Q(kind=JudgmentKind.GOLD)))
    return {(worker, scope): (judged, strong) for worker, scope, judged, strong in counted}


def _count_strong_since(pauses: Mapping[Pair, ScopePause]) -> Counter[Pair]:
    """The planted items that paused workers have met since their pause began."""
    gold = Judgment.objects.effective().filter(kind=JudgmentKind.GOLD, worker_id__in={worker for worker, _ in pauses})
    return Counter(
        (worker, scope)
        for worker, scope, at in gold.values_list("worker_id", "scope_id", "at")
        if (pause := pauses.get((worker, scope))) is not None and at > pause.began_at
    )


def _list_changed(since: Mapping[Pair, datetime]) -> set[Pair]:
    """Where evidence from before the given instant was withdrawn or corrected after it."""
    rows = Judgment.objects.filter(supersedes__isnull=False, worker_id__in={worker for worker, _ in since}).values_list(
        "worker_id", "scope_id", "at", "supersedes__at"
    )
    return {
        (worker, scope)
        for worker, scope, at, before in rows
        if (start := since.get((worker, scope))) is not None and before <= start <= at
    }
