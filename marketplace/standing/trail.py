"""The way of an appeal, step by step: decision, appeal, answer, pay. The appellant never reads who decided."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from common.formats import current_locale, format_hours, format_time
from marketplace.standing.models import Appeal
from marketplace.timesheets.models import TimeDecision
from marketplace.work.models import Review
from payouts.facade import list_earnings

type Step = dict[str, Any]


def steps_of(appeal: Appeal, *, is_own: bool) -> list[Step]:
    """Return the steps for the trail block."""
    decision = appeal.review if appeal.review_id else appeal.time_decision
    first = decision_step(decision) if decision is not None else {"title": "Decision"}
    if not is_own:
        first["who"] = appeal.first_decided_by.full_name
    opened: Step = {"title": "Appeal", "when": appeal.opened_at, "text": appeal.text}
    opened["who"] = "you" if is_own else appeal.opened_by.full_name
    steps = [first, opened, _answer_step(appeal, is_own=is_own)]
    if appeal.state == Appeal.State.OVERTURNED:
        steps.append(_pay_step(appeal, is_own=is_own))
    return steps


def decision_step(decision: Review | TimeDecision) -> Step:
    """Return the step of the first decision: what was decided on what, and the reason."""
    step: Step = {"when": decision.decided_at, "text": f"“{decision.reason_text}”"}
    reason = ("Reason", decision.get_reason_code_display())
    if isinstance(decision, Review):
        claim = decision.submission.claim
        facts = [("Task", claim.task.external_id), ("Version", str(decision.submission.number)), reason]
        return {**step, "title": f"Work: {decision.get_decision_display().lower()}", "facts": facts}
    entry = decision.entry
    worked = f"{format_time(entry.starts_at, 'full')} to {format_time(entry.ends_at, 'time')}" if entry.ends_at else ""
    total = (entry.ends_at - entry.starts_at).total_seconds() if entry.ends_at else 0
    counted = f"{format_hours(decision.approved_seconds)} of {format_hours(total)}"
    return {**step, "title": "Time was cut", "facts": [("Worked", worked), ("Counted", counted), reason]}


def _answer_step(appeal: Appeal, *, is_own: bool) -> Step:
    if appeal.state == Appeal.State.OPEN:
        due = f"by {format_time(appeal.answer_due_at, 'full')}"
        return {"title": "Answer", "status": "now", "who": f"{due}, from somebody who was not involved"}
    word = "Overturned" if appeal.state == Appeal.State.OVERTURNED else "Upheld: the first decision stands"
    step: Step = {"title": word, "when": appeal.decided_at, "text": f"“{appeal.answer}”"}
    if not is_own and appeal.decided_by is not None:
        step["who"] = appeal.decided_by.full_name
    return step


def _pay_step(appeal: Appeal, *, is_own: bool) -> Step:
    """Return what the won appeal earned; work that is paid by the hour earns nothing by itself."""
    if appeal.time_decision is not None:
        key = f"time_entry:{appeal.time_decision.entry_id}:restored"
    else:
        key = f"submission:{appeal.review.submission_id}" if appeal.review is not None else ""
    earned = list_earnings(worker_id=appeal.opened_by_id, source_keys=[key])
    if not earned:
        return {"title": "Counted", "when": appeal.decided_at, "who": "nothing to pay by itself: the rate is another"}
    step: Step = {
        "title": f"Paid: {earned[0].amount.format(str(current_locale()))}",
        "when": appeal.decided_at,
        "who": "earned in the same moment",
    }
    if is_own:
        step |= {"url": reverse("portal:earning", args=[earned[0].id]), "url_label": "The trail of this earning"}
    return step
