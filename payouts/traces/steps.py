"""The steps of a trace, read from the rows that say them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from common import clock
from common.money import Money
from payouts.adjustments.models import Adjustment
from payouts.cycles.expectations import expect_payouts
from payouts.cycles.models import CycleLine, CycleLineEarning
from payouts.earnings.models import Earning
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import find_entries
from payouts.reversals.models import Reversal
from payouts.statements.models import Statement
from payouts.traces.sources import WorkStep, WorkStory, tell_work
from payouts.traces.values import Step
from payouts.traces.viewers import Viewer
from payouts.transfers.models import Payout, PayoutAttempt

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: Entries that follow what the provider answered; the others precede the sending.
_AFTER_SENDING = ("PAYOUT_SETTLED", "PAYOUT_RELEASED", "PAYOUT_RETURNED", "PAYOUT_PARTLY_REVERSED")
_PREPARER = "one person of finance"
_APPROVER = "another person of finance"


def earning_steps(earning: Earning, viewer: Viewer) -> list[Step]:
    """Return the whole way of an earning: work, rate line, approval, entry, and every line that ever paid it."""
    steps = [*_work_steps(earning, viewer), _earning_step(earning)]
    reversal = getattr(earning, "reversal", None)
    ids = [earning.entry_id, reversal.entry_id if reversal else None]
    steps += [entry_step(entry, viewer) for entry in find_entries().filter(id__in=[i for i in ids if i]).order_by("id")]
    steps += proposal_steps([earning.entry_id], viewer)
    if reversal is not None:
        by = reversal.reversed_by_id
        step = Step(
            kind="REVERSAL",
            id=str(reversal.id),
            title="Taken back",
            at=reversal.created_at,
            actor_id=viewer.shown_id(by),
            actor=viewer.name(by),
            amount=-earning.amount,
            text=reversal.reason_text,
        )
        steps.append(step)
    for member in earning.cycle_lines.select_related("line__cycle").order_by("id"):
        steps += line_steps(member.line, viewer)
        steps += _release_steps(member)
    return steps


def proposal_steps(entry_ids: Sequence[UUID | None], viewer: Viewer) -> Iterator[Step]:
    """Return the proposals of finance to take entries back, with what became of each."""
    rows = Reversal.objects.filter(entry_id__in=[entry_id for entry_id in entry_ids if entry_id])
    for row in rows.select_related("entry").prefetch_related("entry__lines").order_by("proposed_at", "id"):
        yield Step(
            kind="REVERSAL_PROPOSAL",
            id=str(row.id),
            title=f"Proposed to take it back: {row.get_state_display().lower()}",
            at=row.proposed_at,
            actor_id=viewer.shown_id(row.proposed_by_id),
            actor=viewer.name(row.proposed_by_id, _PREPARER),
            amount=-row.amount,
            text=f"{row.reason_text} {row.decision_text}".strip(),
            facts=[("Decided by", viewer.name(row.decided_by_id, _APPROVER))] if row.decided_by_id else [],
        )


def _work_steps(earning: Earning, viewer: Viewer) -> Iterator[Step]:
    story = _adjustment_story(earning) or tell_work(earning.source_key, earning.rate_line_key)
    work = story.work or [
        WorkStep(id=earning.source_key, title=earning.description, at=earning.worked_to, actor_id=earning.worker_id)
    ]
    for step in work:
        yield _step("WORK", step, viewer, None)
    if earning.unit not in ("BONUS", "ADJUSTMENT"):
        line = story.rate_line or WorkStep(id=earning.rate_line_key, title="Rate line")
        yield _step("RATE_LINE", line, viewer, earning.rate)
    approval = story.approval or WorkStep(
        id=earning.source_key,
        title="Approved",
        at=earning.created_at,
        actor_id=earning.approved_by_id,
        actor="a reviewer",
    )
    yield _step("APPROVAL", approval, viewer, earning.amount)


def _step(kind: str, step: WorkStep, viewer: Viewer, amount: Money | None) -> Step:
    return Step(
        kind=kind,
        id=step.id,
        title=step.title,
        at=step.at,
        actor_id=viewer.shown_id(step.actor_id),
        actor=viewer.name(step.actor_id, step.actor),
        amount=amount,
        text=step.text,
    )


def _adjustment_story(earning: Earning) -> WorkStory | None:
    kind, _, key = earning.source_key.partition(":")
    row = Adjustment.objects.filter(id=key).first() if kind == "adjustment" else None
    if row is None:
        return None
    proposed = WorkStep(
        id=row.source,
        title=f"{row.get_kind_display()} proposed",
        at=row.proposed_at,
        actor_id=row.proposed_by_id,
        actor=_PREPARER,
        text=row.reason_text,
    )
    decided = WorkStep(id=row.source, title="Approved", at=row.decided_at, actor_id=row.decided_by_id, actor=_APPROVER)
    return WorkStory(work=[proposed], approval=decided)


def _earning_step(earning: Earning) -> Step:
    quantity = f"{earning.quantity.normalize():f}"
    return Step(
        kind="EARNING",
        id=str(earning.id),
        title="Earned",
        at=earning.created_at,
        amount=earning.amount,
        text=f"{quantity} × {earning.rate.format()}, in the same step as the approval.",
    )


def entry_step(entry: JournalEntry, viewer: Viewer) -> Step:
    """Return an entry of the books; its lines are read with it (``find_entries``)."""
    lines = list(entry.lines.all())
    alone = lines[0] if len(lines) == 1 else None
    moved = [
        (f"{line.credit.code} → {line.debit.code}", Money(line.amount_minor, line.currency).format()) for line in lines
    ]
    return Step(
        kind="ENTRY",
        id=str(entry.id),
        title=f"Ledger entry: {entry.kind.replace('_', ' ').lower()}",
        at=entry.created_at,
        actor_id=viewer.shown_id(entry.created_by_id),
        actor=viewer.name(entry.created_by_id),
        amount=Money(alone.amount_minor, alone.currency) if alone else None,
        facts=viewer.facts(*moved, ("sha256", entry.sha256)),
    )


def line_steps(line: CycleLine, viewer: Viewer) -> list[Step]:
    """Return how one line of a cycle was prepared, approved and paid."""
    cycle = line.cycle
    steps = [
        Step(
            kind="CYCLE_LINE",
            id=str(line.id),
            title=f"Line of the pay cycle up to {cycle.last_day:%Y-%m-%d}",
            at=cycle.submitted_at or cycle.created_at,
            actor_id=viewer.shown_id(cycle.maker_id),
            actor=viewer.name(cycle.maker_id, _PREPARER),
            amount=line.amount,
            text=f"{line.earnings_count} earnings. {line.reason_text}".strip(),
            facts=[(words, money.format()) for words, money in line.parts],
        )
    ]
    approvals = (
        ("Pay cycle approved, first of two", cycle.first_approved_at, cycle.first_checker_id, cycle.first_hash),
        ("Pay cycle approved", cycle.approved_at, cycle.checker_id, cycle.approved_hash),
    )
    steps += [
        Step(
            kind="CYCLE_APPROVAL",
            id=str(cycle.id),
            title=title,
            at=at,
            actor_id=viewer.shown_id(checker_id),
            actor=viewer.name(checker_id, _APPROVER),
            facts=viewer.facts(("Approved sha256 of the lines", sha256)),
        )
        for title, at, checker_id, sha256 in approvals
        if at is not None
    ]
    converted = line.converted
    if converted is not None:
        step = Step(
            kind="CONVERSION",
            id=str(converted.id),
            title=f"Converted into {converted.to_currency}, as you chose",
            at=cycle.submitted_at or cycle.created_at,
            amount=converted.paid,
            text=converted.words,
            facts=viewer.facts(
                ("Worth, not rounded", converted.exact_minor), ("Reference", converted.said_by.reference)
            ),
        )
        steps.append(step)
    payout = Payout.objects.filter(id=line.payout_id).first() if line.payout_id else None
    return [*steps, *payout_steps(payout, viewer, line.source)] if payout else steps


def payout_steps(payout: Payout, viewer: Viewer, *more_sources: str) -> list[Step]:
    """Return what became of a payout, in the order in which it happened: entries, attempts, transfer, bank, statements."""
    entries = list(find_entries().filter(source__in=[payout.source, *more_sources]).order_by("id"))
    before, after = ([row for row in entries if (row.kind in _AFTER_SENDING) is late] for late in (False, True))
    steps = [
        Step(
            kind="PAYOUT",
            id=str(payout.id),
            title="Payout reserved",
            at=payout.created_at,
            amount=payout.money,
            text=_standing_of(payout),
            facts=viewer.facts(("Rail", payout.rail_name), ("Destination", payout.destination)),
        ),
        *(entry_step(entry, viewer) for entry in before),
        *(_attempt_step(row, payout, viewer) for row in payout.attempts.order_by("kind", "number")),
        *(entry_step(entry, viewer) for entry in after),
        *_bank_steps(payout),
        *(_statement_step(row) for row in Statement.objects.filter(payout_id=payout.id).order_by("number")),
    ]
    # The sort keeps the order above among what happened in one instant.
    return sorted(steps, key=lambda step: step.at or _LONG_AGO)


def _standing_of(payout: Payout) -> str:
    words = f"Now: {payout.get_state_display().lower()}. Over {payout.rail_name}"
    day = expect_payouts([payout], now=clock.now())[payout.id].at_bank_on
    is_awaited = day is not None and payout.paid_at is None
    return f"{words}, expected at the bank on {day:%d %b %Y}." if is_awaited else f"{words}."


def _attempt_step(attempt: PayoutAttempt, payout: Payout, viewer: Viewer) -> Step:
    what = "send" if attempt.kind == PayoutAttempt.Kind.TRANSFER else "take back"
    return Step(
        kind="ATTEMPT",
        id=str(attempt.id),
        title=f"Attempt {attempt.number} to {what} it: {attempt.outcome.lower()}",
        at=attempt.first_sent_at or attempt.created_at,
        actor="the system",
        amount=payout.money,
        facts=viewer.facts(
            ("Key", attempt.idempotency_key),
            ("Body sha256", attempt.body_sha256),
            ("Sent", f"{attempt.sends} times" if attempt.sends > 1 else ""),
            ("Provider’s object", attempt.provider_id),
            ("Provider’s request", attempt.request_id),
            ("Error", attempt.error_code),
        ),
    )


def _bank_steps(payout: Payout) -> Iterator[Step]:
    if payout.transferred_at:
        yield Step(
            kind="TRANSFER",
            id=payout.provider_ref,
            title="Transferred by the provider",
            at=payout.transferred_at,
            actor="the provider",
            amount=payout.money,
            text=f"It arrives as {payout.arrives}." if payout.arrives and payout.arrives != payout.money else "",
        )
    if payout.paid_at or payout.bank_failure_code:
        yield Step(
            kind="BANK_PAYOUT",
            id=payout.bank_ref,
            title="Paid to the bank" if payout.paid_at else "Refused by the bank",
            at=payout.paid_at or payout.ended_at,
            actor="the bank",
            amount=payout.money,
            text=payout.failure_text,
        )


def _statement_step(statement: Statement) -> Step:
    word = "Correcting statement" if statement.corrects_id else "Statement"
    return Step(
        kind="STATEMENT",
        id=str(statement.id),
        title=f"{word} {statement.reference}",
        at=statement.issued_at,
        amount=statement.amount,
    )


def _release_steps(member: CycleLineEarning) -> Iterator[Step]:
    if member.released_at is not None:
        yield Step(
            kind="RELEASE",
            id=str(member.line_id),
            title="Free again for the next pay cycle",
            at=member.released_at,
            text="What this line paid did not arrive, or its cycle was cancelled.",
        )


def other_entries(entry: JournalEntry) -> Sequence[UUID]:
    """Return the entry with what it reverses and what reverses it, and those of the same source, oldest first."""
    same = Q(id=entry.id) | Q(reverses_id=entry.id) | Q(id=entry.reverses_id) | Q(source=entry.source)
    return list(JournalEntry.objects.filter(same).order_by("id").values_list("id", flat=True)[:50])
