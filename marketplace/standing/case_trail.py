"""A case in words: its scope, the checks of its evidence, what stays safe, and its steps with their dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.formats import format_time
from marketplace.standing.models import Case
from marketplace.standing.rules import APPEAL_WITHIN, CASE_APPEAL_WITHIN, DECIDE_WITHIN, URGENT_CODES
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.work.queries import list_active_claims
from quality.facade import ScopeCodes

type Step = dict[str, Any]


def named_scope(scope: ScopeCodes) -> str:
    """Return a scope in words: the domain by its name."""
    name = TaxonomyNode.objects.filter(kind="DOMAIN", code=scope.domain).values_list("name", flat=True).first()
    return " · ".join(part for part in (name or scope.domain, scope.task_kind, scope.locale) if part)


def checks_of(evidence: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the conditions of the gate for the rules block; empty for a person's own report."""
    return [
        {
            "tone": "done" if check["passes"] else "ask",
            "word": "Met" if check["passes"] else "Not met",
            "text": f"{check['words']}, at least {_figure(check['words'], check['least'])}:",
            "evidence": _figure(check["words"], check["value"]),
        }
        for check in evidence.get("checks", [])
    ]


def reasons_of(evidence: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the reasons of the score with their effect in points; empty for a person's own report."""
    return [{"words": line["words"], "points": f"{100 * line['delta']:+.1f}"} for line in evidence.get("why", [])]


def stays_safe(case: Case, now: datetime) -> list[dict[str, str]]:
    """Return what no decision of this case touches, for the rules block."""
    lines = ["Earned and running pay: it goes out as always", "Your other scopes"]
    lines += [
        f"Your lease on {claim.task.external_id}, until {format_time(claim.lease_until, 'full')}"
        for claim in list_active_claims(case.worker)[:5]
    ]
    if case.decided_at is None and case.urgent_at is None:
        lines.append("New work in this scope, until the decision")
    return [{"tone": "done", "word": "Safe", "text": line} for line in lines]


def case_steps(case: Case, *, is_own: bool) -> list[Step]:
    """Return the steps for the trail block, those to come too. People are told by their role to the worker."""
    steps = [_signal(case)] if case.evidence else []
    steps.append(
        {
            "title": "Opened by a person",
            "when": case.opened_at,
            "who": "a manager" if is_own else case.opened_by.full_name,
            "text": f"First tried: {case.tried_text}",
        }
    )
    steps.append(
        {"title": "Notice given", "when": case.notice_at, "who": "mail and portal"}
        if case.notice_at
        else {"title": "Notice", "status": "now"}
    )
    if case.urgent_at is not None:
        reason = URGENT_CODES[case.urgent_code]
        words = f"{reason}. {case.urgent_text} It ends by itself after 72 hours."
        steps.append({"title": "Closed for 72 hours", "when": case.urgent_at, "text": words})
    return [*steps, _answer(case), _decision(case, is_own=is_own), *_appeal(case, is_own=is_own)]


def _signal(case: Case) -> Step:
    low, high = (100 * share for share in case.evidence["interval90"])
    words = f"Score {100 * case.evidence['score']:.0f} ({low:.0f}–{high:.0f}), bar {100 * case.evidence['bar']:.0f}."
    step = {"title": "Signal", "text": f"{words} A program may point; it may not decide."}
    if case.ground_lost_at is not None:
        step["text"] += (
            f" On {format_time(case.ground_lost_at, 'full')} evidence was withdrawn: no pause can come of it."
        )
    return step


def _answer(case: Case) -> Step:
    if case.answered_at is not None:
        return {"title": "Answer", "when": case.answered_at, "text": f"“{case.answer_text}”"}
    if case.answer_due_at is None:
        return {"title": "Answer", "status": "todo"}
    due = f"open until {format_time(case.answer_due_at, 'full')}"
    if case.decided_at is not None:
        return {"title": "No answer", "who": due}
    return {"title": "Answer", "status": "now", "who": due}


def _decision(case: Case, *, is_own: bool) -> Step:
    if case.decided_at is None:
        by = format_time(case.answer_due_at + DECIDE_WITHIN, "date") if case.answer_due_at else ""
        who = f"by {by}, by an operator who did not open it" if by else "by an operator who did not open it"
        return {"title": "Decision by a person", "status": "todo", "who": who}
    by_whom = "an operator" if is_own or case.decided_by is None else case.decided_by.full_name
    title = case.get_outcome_display()
    return {"title": title, "when": case.decided_at, "who": by_whom, "text": f"“{case.decision_text}”"}


def _appeal(case: Case, *, is_own: bool) -> list[Step]:
    late = "If it is late, it is decided for the worker. Won, access and scores are restored."
    if case.appealed_at is None:
        who = f"within {APPEAL_WITHIN.days} days of a decision, heard within {CASE_APPEAL_WITHIN.days} by somebody uninvolved"
        return [{"title": "Appeal, if wanted", "status": "todo", "who": who, "text": late}]
    appealed = {"title": "Appeal", "when": case.appealed_at, "text": f"“{case.appeal_text}”"}
    if case.appeal_decided_at is None:
        who = f"by {format_time(case.appeal_due_at, 'full')}, by somebody uninvolved" if case.appeal_due_at else ""
        return [appealed, {"title": "Decision of the appeal", "status": "now", "who": who, "text": late}]
    won = case.appeal_outcome == Case.AppealOutcome.OVERTURNED
    title = "Appeal won: the scope is open" if won else "Upheld: the first decision stands"
    who = "" if is_own or case.appeal_by is None else case.appeal_by.full_name
    return [
        appealed,
        {"title": title, "when": case.appeal_decided_at, "who": who, "text": f"“{case.appeal_answer}”"},
    ]


def _figure(words: str, value: float) -> str:
    return f"{100 * value:.0f} %" if words.startswith("Probability") else f"{value:.0f}"
