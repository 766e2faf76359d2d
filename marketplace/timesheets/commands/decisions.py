"""Deciding on time, line by line. Approving pays in the same transaction; what is cut never holds what is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import events, states
from common.errors import FieldProblem, InvalidInput, NotPermitted
from common.money import hours_of
from common.permissions import require_grant
from common.text import clean_text
from marketplace.identity.models import User
from marketplace.projects.models import RateLine
from marketplace.timesheets.errors import TimeAlreadyDecided, TimeEntryNotFound
from marketplace.timesheets.events import TimeDecided
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.timesheets.rules import AUTO_APPROVE_AFTER
from payouts import facade as payouts

APPROVE = "time.approve"


@transaction.atomic
def approve_entries(*, entry_ids: Sequence[UUID], by: User, now: datetime) -> list[TimeDecision]:
    """Approve entries in full, all or none; each that is paid by the hour earns its own line.

    Raises:
        TimeEntryNotFound, NotPermitted: also for one's own time; TimeAlreadyDecided.
    """
    entries = [_lock_entry(entry_id, by) for entry_id in sorted(set(entry_ids))]
    return [_approve(entry, by, now) for entry in entries]


@transaction.atomic
def cut_entry(
    *, entry_id: UUID, approved_seconds: int, reason_code: str, reason_text: str, by: User, now: datetime
) -> TimeDecision:
    """Approve only ``approved_seconds`` of an entry, with a code and words; that part is paid at once.

    Raises:
        TimeEntryNotFound, NotPermitted, TimeAlreadyDecided; InvalidInput: not fewer seconds than the entry has, unknown code, no words.
    """
    entry = _lock_entry(entry_id, by)
    total = seconds_of(entry)
    problems = []
    if not 0 <= approved_seconds < total:
        detail = f"Must be from 0 to {total - 1}: the entry has {total} seconds."
        problems.append(FieldProblem("/approved_seconds", "out_of_range", detail))
    if reason_code not in TimeDecision.ReasonCode.values:
        detail = f"Must be one of {', '.join(TimeDecision.ReasonCode.values)}."
        problems.append(FieldProblem("/reason_code", "unknown", detail))
    words = _clean_reason(reason_text, problems)
    if problems:
        raise InvalidInput("The cut is not valid.", problems)
    decision = TimeDecision.objects.create(
        entry=entry,
        author_id=entry.expert_user_id,
        decided_by=by,
        decision=TimeDecision.Decision.CUT,
        approved_seconds=approved_seconds,
        reason_code=reason_code,
        reason_text=words,
        decided_at=now,
    )
    states.move(entry, TimeEntry.State.CUT, by=by.pk, now=now, reason_code=reason_code, reason_text=words)
    _pay(entry, approved_seconds, f"time_entry:{entry.id}", by, now)
    _tell(entry, decision, now)
    return decision


@transaction.atomic
def restore_cut(*, decision_id: UUID, by: User, now: datetime) -> TimeDecision:
    """Approve after all what a cut left out, because an appeal was won; the difference is paid in this transaction.

    Raises:
        TimeEntryNotFound, NotPermitted; TimeAlreadyDecided: it was restored before.
    """
    first = TimeDecision.objects.filter(id=decision_id, decision=TimeDecision.Decision.CUT).first()
    if first is None:
        raise TimeEntryNotFound
    entry = _lock_entry(first.entry_id, by, state=TimeEntry.State.CUT)
    total = seconds_of(entry)
    decision = _write_approval(entry, total, by, now)
    states.move(entry, TimeEntry.State.APPROVED, by=by.pk, now=now)
    _pay(entry, total - first.approved_seconds, f"time_entry:{entry.id}:restored", by, now)
    return decision


def approve_silently(*, now: datetime, limit: int = 500) -> int:
    """Approve entries that nobody decided on within ``AUTO_APPROVE_AFTER``, in the name of who opened the project."""
    due = TimeEntry.objects.filter(state=TimeEntry.State.SUBMITTED, ends_at__lte=now - AUTO_APPROVE_AFTER)
    ids = list(due.order_by("ends_at", "id").values_list("id", flat=True)[:limit])
    return sum(_approve_one_silently(entry_id, now) for entry_id in ids)


@transaction.atomic
def _approve_one_silently(entry_id: UUID, now: datetime) -> bool:
    rows = TimeEntry.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "engagement__opening__project__created_by", "engagement__pay_line"
    )
    entry = rows.filter(id=entry_id, state=TimeEntry.State.SUBMITTED).first()
    if entry is None or entry.engagement.opening.project.created_by_id == entry.expert_user_id:
        return False
    _approve(entry, entry.engagement.opening.project.created_by, now)
    return True


def seconds_of(entry: TimeEntry) -> int:
    """Return the entry's whole seconds; 0 while it runs."""
    return int((entry.ends_at - entry.starts_at) / timedelta(seconds=1)) if entry.ends_at else 0


def _lock_entry(entry_id: UUID, by: User, *, state: str = TimeEntry.State.SUBMITTED) -> TimeEntry:
    visible = TimeEntry.objects.visible_to(by).filter(id=entry_id).values("id")
    rows = TimeEntry.objects.select_for_update(of=("self",)).select_related(
        "engagement__opening__project", "engagement__pay_line"
    )
    entry = rows.filter(id__in=visible).first()
    if entry is None:
        raise TimeEntryNotFound
    require_grant(by, APPROVE, tenant=entry.engagement.opening.project.organization_id)
    if entry.expert_user_id == by.pk:
        raise NotPermitted("Nobody decides on their own time.")
    if entry.state != state:
        raise TimeAlreadyDecided
    return entry


def _approve(entry: TimeEntry, by: User, now: datetime) -> TimeDecision:
    total = seconds_of(entry)
    decision = _write_approval(entry, total, by, now)
    states.move(entry, TimeEntry.State.APPROVED, by=by.pk, now=now)
    _pay(entry, total, f"time_entry:{entry.id}", by, now)
    _tell(entry, decision, now)
    return decision


def _write_approval(entry: TimeEntry, seconds: int, by: User, now: datetime) -> TimeDecision:
    return TimeDecision.objects.create(
        entry=entry,
        author_id=entry.expert_user_id,
        decided_by=by,
        decision=TimeDecision.Decision.APPROVE,
        approved_seconds=seconds,
        decided_at=now,
    )


def _pay(entry: TimeEntry, seconds: int, source_key: str, by: User, now: datetime) -> None:
    """Post the earning where the engagement is paid by the hour and anything is left to pay."""
    line = entry.engagement.pay_line
    if line.unit != RateLine.Unit.HOUR or seconds == 0 or entry.ends_at is None:
        return
    project = entry.engagement.opening.project
    payouts.post_earning(
        worker_id=entry.expert_user_id,
        source_key=source_key,
        description=f"{project.name}: time",
        quantity=hours_of(seconds),
        unit=line.unit,
        rate_minor=line.amount_minor,
        currency=line.currency,
        rate_line_key=str(line.id),
        worked_from=entry.starts_at,
        worked_to=entry.ends_at,
        approved_by=by.pk,
        tenant=str(project.organization_id),
        project=project.code,
        now=now,
    )


def _clean_reason(text: str, problems: list[FieldProblem]) -> str:
    try:
        words = clean_text(text, max_length=4000)
    except ValueError as error:
        problems.append(FieldProblem("/reason_text", "invalid", str(error)))
        return ""
    if not words:
        problems.append(FieldProblem("/reason_text", "required", "Say why: the expert reads it."))
    return words


def _tell(entry: TimeEntry, decision: TimeDecision, now: datetime) -> None:
    news = TimeDecided(
        entry_id=entry.id,
        decision_id=decision.id,
        expert_user_id=entry.expert_user_id,
        decision=decision.decision,
        approved_seconds=decision.approved_seconds,
        entry_seconds=seconds_of(entry),
        reason_code=decision.reason_code,
        reason_text=decision.reason_text,
        project_name=entry.engagement.opening.project.name,
    )
    events.publish(news, now=now)
