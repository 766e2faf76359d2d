"""One made-up client: a project whose applications, offers, tasks, time and appeals stand in every state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from common.money import Money
from marketplace.experts.models import Expert
from marketplace.hiring import commands as hiring
from marketplace.identity.models import Organization, User
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement, Offer
from marketplace.standing import commands as standing
from marketplace.timesheets import commands as time
from marketplace.work import commands as work
from marketplace.work.models import Review, Submission, Task

_TASKS: Final = 12
#: Of an organization's experts these wait before the door, the others are hired.
_WAITING: Final = 4
_CAP_MINUTES: Final = 20 * 60
_CONTENT: Final = {
    "errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR", "note": "Means the opposite."}]
}
_RETURNED: Final = "Two sentences were not read. Please go through the whole passage once more."
_REJECTED: Final = (
    "The marks belong to another passage, and after a talk about it the same was handed in again. We cannot use this work and "
    "have given the task to somebody else."
)
_APPEAL: Final = "The passage was shown to me twice with different texts; please look at the history of the task."


@dataclass(frozen=True, slots=True)
class Client:
    """An organization with one person a role."""

    organization: Organization
    owner: User
    manager: User
    reviewer: User


@transaction.atomic
def play_client(client: Client, experts: Sequence[Expert], *, preparer: User, now: datetime) -> None:
    """Play the client's whole story, unless it was played before; ``preparer`` says what the client is billed."""
    code = f"{client.organization.slug}-texts"
    if Project.objects.filter(organization=client.organization, code=code).exists():
        return
    begun = now - timedelta(days=14)
    _draft_project(client, begun)
    project = _run_project(client, code, begun)
    opening = _open(client, project, preparer, begun)
    hired = list(experts[: max(2, len(experts) - _WAITING)])
    engagements = [_hire(client, opening, expert, number, begun) for number, expert in enumerate(hired)]
    _fill_pipeline(client, opening, experts[len(hired) :], now)
    _play_work(client, project, engagements, now)
    _play_time(client, [each for each in engagements if each.pay_line.unit == RateLine.Unit.HOUR], now)


def _draft_project(client: Client, at: datetime) -> Project:
    wanted = _project_input(f"{client.organization.slug}-draft", "Not yet begun", at)
    return projects.create_project(organization_id=client.organization.id, project=wanted, by=client.manager, now=at)


def _run_project(client: Client, code: str, at: datetime) -> Project:
    wanted = _project_input(code, "Review of translated passages", at)
    project = projects.create_project(organization_id=client.organization.id, project=wanted, by=client.manager, now=at)
    projects.publish_guidelines(
        project_id=project.id,
        goals="Every error that a reader would stumble over is marked.",
        principles="Mark what is wrong, not what you would have written.",
        error_categories=["Accuracy/Mistranslation", "Fluency/Grammar"],
        criteria=["Completeness"],
        by=client.manager,
        now=at,
    )
    return projects.move_project(project_id=project.id, to=Project.State.PRODUCTION, by=client.manager, now=at)


def _project_input(code: str, name: str, at: datetime) -> ProjectInput:
    return ProjectInput(
        code=code,
        name=name,
        domain="linguistics/translation",
        locale="de-DE",
        task_kind="rubric",
        currency="EUR",
        budget_minor=500_000,
        starts_at=at,
    )


def _open(client: Client, project: Project, preparer: User, at: datetime) -> Opening:
    wanted = OpeningInput(title="Reviewer", role="LABELER", seats=50, weekly_cap_minutes=_CAP_MINUTES, requirements=())
    opening = projects.create_opening(project_id=project.id, opening=wanted, by=client.manager, now=at)
    for side, unit, money in (
        (RateLine.Side.PAY, RateLine.Unit.ACCEPTED_TASK, Money(300, "EUR")),
        (RateLine.Side.PAY, RateLine.Unit.HOUR, Money(3600, "EUR")),
        (RateLine.Side.BILL, RateLine.Unit.ACCEPTED_TASK, Money(450, "EUR")),
    ):
        by = preparer if side == RateLine.Side.BILL else client.manager
        projects.add_rate_line(
            opening_id=opening.id, side=side, unit=unit, money=money, effective_from=at, by=by, now=at
        )
    return projects.move_opening(opening_id=opening.id, to=Opening.State.OPEN, by=client.manager, now=at)


def _hire(client: Client, opening: Opening, expert: Expert, number: int, at: datetime) -> Engagement:
    unit = RateLine.Unit.HOUR if number % 2 else RateLine.Unit.ACCEPTED_TASK
    offer = _offer(client, opening, expert, unit, at)
    return staffing.accept_offer(offer_id=offer.id, by=expert.user, now=at + timedelta(hours=1))


def _offer(client: Client, opening: Opening, expert: Expert, unit: str, at: datetime) -> Offer:
    terms = staffing.OfferInput(
        expert_id=expert.id,
        pay_line_id=opening.rate_lines.get(side=RateLine.Side.PAY, unit=unit).id,
        weekly_cap_minutes=_CAP_MINUTES,
        expires_at=at + timedelta(days=30),
    )
    return staffing.send_offer(opening_id=opening.id, offer=terms, by=client.manager, now=at)


def _fill_pipeline(client: Client, opening: Opening, waiting: Sequence[Expert], now: datetime) -> None:
    at = now - timedelta(days=2)

    def apply(expert: Expert) -> None:
        hiring.apply(opening_id=opening.id, note="I would like to help.", by=expert.user, now=at)

    def apply_and_be_shortlisted(expert: Expert) -> None:
        application = hiring.apply(opening_id=opening.id, note="", by=expert.user, now=at)
        hiring.shortlist(application_id=application.id, by=client.manager, now=at + timedelta(hours=1))

    def be_invited(expert: Expert) -> None:
        staffing.invite(
            opening_id=opening.id,
            expert_ids=[expert.id],
            message="Your profile fits.",
            expires_at=now + timedelta(days=30),
            by=client.manager,
            now=at,
        )

    def be_offered(expert: Expert) -> None:
        _offer(client, opening, expert, RateLine.Unit.HOUR, at)

    stories: tuple[Callable[[Expert], None], ...] = (apply, be_offered, be_invited, apply_and_be_shortlisted)
    for expert, tell in zip(waiting, stories, strict=False):
        tell(expert)


def _play_work(client: Client, project: Project, engagements: Sequence[Engagement], now: datetime) -> None:
    """Leave tasks free, claimed, drafted, handed in, returned, accepted, and rejected under appeal."""
    rows = [
        {"external_id": f"passage-{number:02}", "source": f"Passage {number}.", "target": f"Stelle {number}."}
        for number in range(1, _TASKS + 1)
    ]
    outcome = work.import_batch(
        project_id=project.id,
        name="First passages",
        file_name="passages.json",
        data=json.dumps(rows).encode(),
        by=client.manager,
        now=now - timedelta(days=7),
    )
    if outcome.batch is None:
        raise ValueError(f"the seed's own file was refused: {outcome.report.bad_rows[:3]}")
    tasks = list(Task.objects.filter(batch=outcome.batch).order_by("external_id"))
    first, second = engagements[0].expert.user, engagements[1].expert.user
    yesterday = now - timedelta(days=1)
    for task, by in ((tasks[0], first), (tasks[1], second), (tasks[2], first)):
        _review(_hand_in(task, by, yesterday), client, yesterday, "ACCEPT")
    _review(_hand_in(tasks[3], first, yesterday), client, yesterday, "RETURN", "INCOMPLETE", _RETURNED)
    review = _review(_hand_in(tasks[4], second, yesterday), client, yesterday, "REJECT", "ACCURACY", _REJECTED)
    standing.appeal_review(review_id=review.id, text=_APPEAL, by=second, now=yesterday + timedelta(hours=4))
    _hand_in(tasks[5], first, yesterday)
    work.claim_task(task_id=tasks[6].id, by=first, now=now)
    drafted = work.claim_task(task_id=tasks[7].id, by=second, now=now)
    work.save_draft(claim_id=drafted.id, content=_CONTENT, by=second, now=now)


def _hand_in(task: Task, by: User, at: datetime) -> Submission:
    claim = work.claim_task(task_id=task.id, by=by, now=at)
    content: dict[str, Any] = dict(_CONTENT)
    return work.submit(claim_id=claim.id, content=content, by=by, now=at + timedelta(minutes=20))


def _review(
    submission: Submission, client: Client, at: datetime, decision: str, code: str = "", words: str = ""
) -> Review:
    review = work.ReviewInput(decision=decision, scores={"Completeness": 0.9}, reason_code=code, reason_text=words)
    return work.review_submission(
        submission_id=submission.id, review=review, by=client.reviewer, now=at + timedelta(hours=2)
    )


def _play_time(client: Client, engagements: Sequence[Engagement], now: datetime) -> None:
    """Leave time approved, cut, withdrawn and waiting, for each who is paid by the hour."""
    for engagement in engagements:
        approved, cut, withdrawn, _ = (
            time.add_manual_entry(
                engagement_id=engagement.id,
                starts_at=now - timedelta(days=days),
                ends_at=now - timedelta(days=days) + timedelta(hours=2),
                reason="Away from the computer: read the printed edition.",
                by=engagement.expert.user,
                now=now - timedelta(days=days) + timedelta(hours=3),
            )
            for days in (5, 4, 3, 2)
        )
        time.approve_entries(entry_ids=[approved.id], by=client.manager, now=now - timedelta(days=4))
        time.cut_entry(
            entry_id=cut.id,
            approved_seconds=3600,
            reason_code="NO_OUTPUT",
            reason_text="We found work of one hour in these two.",
            by=client.manager,
            now=now - timedelta(days=3),
        )
        time.withdraw_entry(entry_id=withdrawn.id, by=engagement.expert.user, now=now - timedelta(days=2))
