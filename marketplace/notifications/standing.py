"""What people are told of scores, cases and appeals. ``handlers`` subscribes these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from marketplace.identity.models import Membership
from marketplace.notifications.commands import notify
from marketplace.standing.commands import give_notice
from marketplace.standing.models import Case
from marketplace.standing.queries import list_uninvolved
from quality.facade import ScopeCodes

type Payload = Mapping[str, Any]


def tell_of_appeal(news: Payload, now: datetime) -> None:
    """Tell those who may decide, except the first decider, that an appeal waits."""
    members = Membership.objects.filter(
        organization_id=news["organization_id"],
        ended_at__isnull=True,
        role__in=["OWNER", "PROJECT_MANAGER", "REVIEWER"],
    ).exclude(user_id__in=[news["first_decided_by_id"], news["opened_by_id"]])
    for user_id in members.values_list("user_id", flat=True).distinct():
        notify(
            user_id=user_id,
            source_key=f"appeal:{news['appeal_id']}",
            kind="appeal.opened",
            title="An appeal waits for a decision",
            body="Somebody asks that another person decides again. You were not involved, so you may.",
            path=reverse("standing:appeal", args=[news["appeal_id"]]),
            now=now,
        )


def tell_of_appeal_decision(news: Payload, now: datetime) -> None:
    """Tell the appellant."""
    won = news["state"] == "OVERTURNED"
    notify(
        user_id=news["opened_by_id"],
        source_key=f"appeal:{news['appeal_id']}:decided",
        kind="appeal.decided",
        title="Your appeal was won" if won else "Your appeal was decided",
        body=news["answer"] + (" It is paid." if won else ""),
        path=reverse("standing:appeal", args=[news["appeal_id"]]),
        now=now,
    )


def _tell_of_case(news: Payload, step: str, title: str, body: str, now: datetime, user_id: object = None) -> None:
    notify(
        user_id=str(user_id or news["worker_id"]),
        source_key=f"case:{news['case_id']}:{step}",
        kind=f"case.{step}",
        title=title,
        body=body,
        path=reverse("standing:case", args=[news["case_id"]]),
        now=now,
    )


def tell_of_case(news: Payload, now: datetime) -> None:
    """Tell the worker that a person opened a case about them; from this notice on they have seven days to answer."""
    case = Case.objects.get(id=news["case_id"])
    title = f"{case.get_kind_display()} is looked into: {case.scope}"
    body = (
        "A person opened a case about your work in this one scope. Nothing is decided. You can read all of its evidence and "
        "answer within seven days; then another person decides, and you can appeal. What you earned is paid as always."
    )
    _tell_of_case(news, "opened", title, body, now)
    give_notice(case_id=case.id, now=now)


def tell_of_urgent_pause(news: Payload, now: datetime) -> None:
    """Tell the worker that a scope is closed to them for at most 72 hours."""
    body = "No new work in this scope for at most 72 hours. What you hold goes on and is paid. The case says why."
    _tell_of_case(news, "urgent", "New work in one scope is closed for 72 hours", body, now)


def tell_of_case_decision(news: Payload, now: datetime) -> None:
    """Tell the worker what was decided, in the words of whoever did."""
    case = Case.objects.get(id=news["case_id"])
    appeal = " You can appeal within 30 days." if case.outcome in ("PAUSED", "FEEDBACK") else ""
    title = f"Decided: {case.get_outcome_display().lower()} ({case.scope})"
    _tell_of_case(news, "decided", title, f"{case.decision_text}{appeal}", now)


def tell_of_case_appeal(news: Payload, now: datetime) -> None:
    """Tell the operators who took no part that an appeal waits."""
    body = "A person asks that somebody who took no part decides again. After 14 days it is decided for them."
    for user_id in list_uninvolved(news["case_id"]):
        _tell_of_case(news, "appealed", "An appeal against a case waits", body, now, user_id)


def tell_of_case_appeal_decision(news: Payload, now: datetime) -> None:
    """Tell the worker how the appeal ended."""
    case = Case.objects.get(id=news["case_id"])
    won = news["outcome"] == "OVERTURNED"
    title = "Your appeal was won" if won else "Your appeal was decided"
    again = " The scope is open to you again." if won else ""
    _tell_of_case(news, "appeal_decided", title, f"{case.appeal_answer}{again}", now)


def tell_of_corrected_score(news: Payload, now: datetime) -> None:
    """Tell somebody that evidence behind their score was taken back, and what the score is without it."""
    scope = ScopeCodes(news["domain"], news["locale"], news["task_kind"])
    before, after = (round(100 * news[name]) for name in ("mean_before", "mean_after"))
    cause = (
        "The answer to an item that was checked turned out to be wrong, so its results count no more."
        if news["was_planted"]
        else "A reviewer’s judgments were found not to be right and count no more."
    )
    codes = {"domain": scope.domain, "locale": scope.locale, "task_kind": scope.task_kind}
    notify(
        user_id=news["worker_id"],
        source_key=f"withdrawal:{news['withdrawal_id']}:{scope}",
        kind="quality.corrected",
        title=f"Your quality score was corrected: {after} of 100",
        body=f"{cause} In {scope} your score was {before} and is {after} now.",
        path=f"{reverse('portal:quality')}?{urlencode(codes)}",
        now=now,
    )
