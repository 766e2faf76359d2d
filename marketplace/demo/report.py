"""What the demo prints: every figure is queried from what the commands wrote, none is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import floor
from statistics import fmean
from typing import Any

from django.db.models import Count, F, Q, Sum

from common.verification import run_checks
from marketplace.demo.cast import Cast
from marketplace.demo.mistakes import PACKETS
from marketplace.experts.models import Expert
from marketplace.notifications.models import Notice
from marketplace.projects.models import Opening, Project
from marketplace.staffing.models import Engagement
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.work.models import Claim, Review, Task
from marketplace.work.rules import task_id_of
from payouts import facade as payouts
from quality import facade as quality


def build_report(opening: Opening, experts: Mapping[str, Expert], cast: Cast) -> dict[str, Any]:
    """Return the figures of the real project, of its estimates and of the books, and of the mistakes of a made-up one."""
    project = Project.objects.select_related("domain").get(id=opening.project_id)
    claims = Claim.objects.filter(project=project)
    returned = claims.filter(submissions__reviews__decision=Review.Decision.RETURN).annotate(
        returns=Count("submissions__reviews")
    )
    cycles = [cycle for cycle in payouts.list_cycles() if cycle.state.startswith("COMPLETED")]
    return {
        "experts_hired": Engagement.objects.filter(opening=opening).count(),
        "submissions_decided": claims.filter(state=Claim.State.DECIDED).count(),
        "returned_once": returned.distinct().count(),
        "hours_approved": round(_approved_time(opening) / timedelta(hours=1), 2),
        "estimates": _estimates(project, experts),
        "cycles_paid": len(cycles),
        "paid": payouts.paid_by_currency(),
        "ledger_differences": sum(len(result.findings) for result in run_checks(None)),
        "mistakes": report_mistakes(cast),
    }


def _approved_time(opening: Opening) -> timedelta:
    """Return what was approved: whole entries to the microsecond, and what was left of those that were cut."""
    entries = TimeEntry.objects.filter(engagement__opening=opening)
    whole = entries.filter(state=TimeEntry.State.APPROVED).aggregate(total=Sum(F("ends_at") - F("starts_at")))
    cut = TimeDecision.objects.filter(entry__in=entries.filter(state=TimeEntry.State.CUT))
    seconds = cut.aggregate(total=Sum("approved_seconds"))["total"] or 0
    return (whole["total"] or timedelta()) + timedelta(seconds=seconds)


def _estimates(project: Project, experts: Mapping[str, Expert]) -> dict[str, dict[str, float | None]]:
    figures = quality.quality_of(
        worker_ids=[expert.user_id for expert in experts.values()],
        scope=quality.ScopeCodes(project.domain.code, project.locale, project.task_kind),
    )
    return {
        worker: {
            "mean": round(figures[expert.user_id].mean, 6),
            "low90": round(figures[expert.user_id].low90, 6),
            "high90": round(figures[expert.user_id].high90, 6),
            "n_eff": round(figures[expert.user_id].n_eff, 6),
            "severity": _rounded(figures[expert.user_id].severity),
        }
        for worker, expert in experts.items()
    }


def report_mistakes(cast: Cast) -> dict[str, Any]:
    """Return what was found and taken back, and whether the scores came nearer to what the evidence that still counts says.

    ``difference`` and its interval are shares of a full score, ``distance_before`` and ``distance_after`` the mean distance (in
    shares) of the judged people's scores from the plain share of what still counts.
    """
    rows = quality.list_withdrawals(cast.manager).order_by("at", "id")
    of_reviewer = rows.filter(reviewer__isnull=False).select_related("reviewer")[0]
    of_key = rows.filter(gold__project=PACKETS).select_related("gold")[0]
    task_id = str(task_id_of(of_key.gold.item_key)) if of_key.gold else ""
    moves = [move for row in (of_reviewer, of_key) for move in _moves(row)]
    told = Q(source_key__startswith=f"withdrawal:{of_reviewer.id}:") | Q(
        source_key__startswith=f"withdrawal:{of_key.id}:"
    )
    return {
        "reviewer": {"name": of_reviewer.reviewer.get_full_name() if of_reviewer.reviewer else ""}
        | _figures(of_reviewer.finding, ("reviews", "people", "difference", "low90", "high90", "p")),
        "key": {"item": Task.objects.get(id=task_id).external_id}
        | _figures(of_key.finding, ("met", "found", "expected", "chance_wrong")),
        "scores_moved": len(moves),
        "scores_nearer": sum(after < before for before, after in moves),
        "distance_before": round(fmean(before for before, _ in moves), 6),
        "distance_after": round(fmean(after for _, after in moves), 6),
        "people_told": Notice.objects.filter(told, kind="quality.corrected").values("user").distinct().count(),
    }


def _moves(row: Any) -> list[tuple[float, float]]:
    """Return, of each score whose own evidence was taken back, its distance from what still counts, before and after."""
    remaining = quality.list_remaining_shares(row)
    return [
        (abs(effect.mean_before - share), abs(effect.mean_after - share))
        for effect in quality.list_effects(row)
        if (share := remaining.get((effect.worker_id, effect.scope_id))) is not None
    ]


def _figures(finding: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    return {name: round(finding[name], 6) for name in names}


def tell_of_mistakes(mistakes: Mapping[str, Any]) -> str:
    """Return the part about the mistakes in words."""
    reviewer, key = mistakes["reviewer"], mistakes["key"]
    points = [100 * reviewer[name] for name in ("difference", "low90", "high90")]
    return (
        f"Found and taken back: {reviewer['name']}'s reviews, {points[0]:.0f} points of 100 below the other reviewers "
        f"({points[1]:.0f} to {points[2]:.0f}), and the key of {key['item']}: {key['found']} of {key['met']} people found what it "
        f"names, where {key['expected']:.1f} were to be expected (wrong with a chance of {floor(100 * key['chance_wrong'])} of 100). "
        f"{mistakes['scores_moved']} scores moved, {mistakes['scores_nearer']} of them nearer to what still counts (from "
        f"{100 * mistakes['distance_before']:.1f} to {100 * mistakes['distance_after']:.1f} points off), and "
        f"{mistakes['people_told']} people were told."
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
