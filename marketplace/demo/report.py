"""What the demo prints: every figure is queried from what the commands wrote, none is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Sum

from common.verification import run_checks
from marketplace.experts.models import Expert
from marketplace.projects.models import Opening, Project
from marketplace.staffing.models import Engagement
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.work.models import Claim, Review
from payouts import facade as payouts
from quality import facade as quality


def build_report(opening: Opening, experts: Mapping[str, Expert]) -> dict[str, Any]:
    """Return the figures of the real project, of its estimates and of the books."""
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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
