"""Tells payouts what its keys stand for: the work, price and decision behind an earning, what it is billed, who clients are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from common.formats import format_hours
from common.money import Money
from marketplace.identity.queries import find_organization
from marketplace.portal.queries.earnings import Source, find_source
from marketplace.projects.queries import find_bill_lines
from marketplace.timesheets.models import TimeEntry
from marketplace.work.models import Submission
from payouts.facade import (
    BillRate,
    ClientName,
    WorkPrice,
    WorkStep,
    WorkStory,
    register_bill_rates,
    register_client_directory,
    register_work_provider,
)


def tell_work(source_key: str, rate_line_key: str) -> WorkStory | None:
    """Return the work behind a source key as steps, None for a key of another app."""
    source = find_source(source_key, rate_line_key)
    if source.entry is not None:
        return WorkStory(
            work=[_time_step(source.entry, source.event_count)],
            rate_line=_rate_line(source),
            approval=_time_approval(source),
        )
    if source.submission is not None:
        return WorkStory(
            work=[_submission_step(source.submission)], rate_line=_rate_line(source), approval=_review(source)
        )
    return None


def _time_step(entry: TimeEntry, event_count: int) -> WorkStep:
    seconds = (entry.ends_at - entry.starts_at).total_seconds() if entry.ends_at else 0
    told = f"{event_count} reports of the timer." if event_count else f"By hand: {entry.reason}"
    return WorkStep(
        id=f"time_entry:{entry.id}",
        title=f"Time entry, {format_hours(seconds)}",
        at=entry.starts_at,
        actor_id=entry.expert_user_id,
        text=f"{entry.engagement.opening.project.name}. {told}",
    )


def _time_approval(source: Source) -> WorkStep | None:
    decision = source.decision
    if decision is None:
        return None
    full = decision.decision == "APPROVE"
    return WorkStep(
        id=f"time_decision:{decision.id}",
        title="Approved in full" if full else f"Approved: {format_hours(decision.approved_seconds)}",
        at=decision.decided_at,
        actor_id=decision.decided_by_id,
        actor=decision.decided_by.get_full_name(),
        text="" if full else decision.reason_text,
    )


def _submission_step(row: Submission) -> WorkStep:
    return WorkStep(
        id=f"submission:{row.id}",
        title=f"Work handed in: {row.claim.task.external_id}",
        at=row.submitted_at,
        actor_id=row.claim.expert_user_id,
        text=f"{row.claim.project.name}, version {row.number}.",
    )


def _review(source: Source) -> WorkStep | None:
    if source.review is None or source.submission is None:
        return None
    return WorkStep(
        id=f"review:{source.review.id}",
        title="Accepted",
        at=source.review.decided_at,
        actor_id=source.review.reviewer_id,
        actor=f"a reviewer of {source.submission.claim.project.organization.name}",
    )


def _rate_line(source: Source) -> WorkStep | None:
    line = source.rate_line
    if line is None:
        return None
    return WorkStep(
        id=str(line.id),
        title=f"Rate line of {line.opening.title}",
        at=line.effective.lower,
        text="In force since then.",
    )


register_work_provider(tell_work)


def tell_client(text: str) -> ClientName | None:
    """Return the organization that an id or a short name names, as payouts knows clients."""
    row = find_organization(text)
    return ClientName(id=row.id, name=row.name, slug=row.slug) if row else None


register_client_directory(tell_client)


def tell_bill_rates(asked: Collection[WorkPrice]) -> Mapping[WorkPrice, BillRate]:
    """Return the bill line of each piece of work: of the same opening and unit as its pay line, in force when it ended."""
    lines = find_bill_lines({(price.rate_line_key, price.unit, price.at) for price in asked})
    return {
        WorkPrice(*key): BillRate(f"rate_line:{line.id}", Money(line.amount_minor, line.currency))
        for key, line in lines.items()
    }


register_bill_rates(tell_bill_rates)
