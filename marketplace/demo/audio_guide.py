"""Playing the made-up project with texts: a dozen tasks in every state, so that task and review pages are alive."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from marketplace.demo.annotating import find_or_import
from marketplace.demo.cast import Cast
from marketplace.demo.staging import PER_HOUR, PER_TASK, hire_one
from marketplace.demo.texts import ExampleWork, TextDemo, load_text_demo
from marketplace.experts.models import Expert
from marketplace.hiring import commands as hiring
from marketplace.hiring.models import Application
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import list_matches
from marketplace.standing import commands as standing
from marketplace.work import commands as work
from marketplace.work.models import Claim, Task

_TITLE: Final = "Reviewer of museum texts"
_APPLICANTS: Final = 3
_INVITED: Final = 4
_NOTE: Final = "I have written audio guides for two museums and would like to work on this one."
_INVITATION: Final = "Your profile fits this audio guide well. Would you like to help with it?"
_APPEAL: Final = (
    "I read the end of this stop again. Only one visitor at a time opens the drawer, so I took du for the museum's wish "
    "and did not mark it. Please decide again whether that is an error."
)


def play_audio_guide(expert: Expert, unit: str, cast: Cast, *, now: datetime) -> None:
    """Set up the project, hire ``expert`` for it on the line of ``unit`` and play the finished examples that are not there yet."""
    demo = load_text_demo()
    project = _find_or_create_project(demo, cast, now)
    opening = _find_or_create_opening(project, cast, project.starts_at)
    if not Engagement.objects.filter(opening=opening, expert=expert).exists():
        hire_one(expert, unit, opening, cast, now=project.starts_at)
    data = json.dumps(demo.list_rows(), ensure_ascii=False).encode()
    batch = find_or_import(
        project, name="Stops 1 to 12", file_name="stops.json", data=data, by=cast.manager, now=project.starts_at
    )
    tasks = {task.external_id: task for task in Task.objects.filter(batch=batch)}
    for number, example in enumerate(demo.examples):
        at = project.starts_at + timedelta(days=1, hours=number)
        task = tasks[example.external_id]
        if not Claim.objects.filter(task=task, expert_user_id=expert.user_id).exists():
            _play(example, task, expert, cast, at)
    _fill_pipeline(opening, cast, now=project.starts_at + timedelta(hours=3))


@transaction.atomic
def _fill_pipeline(opening: Opening, cast: Cast, *, now: datetime) -> None:
    """Let the best matches of the population apply or be invited, so that somebody waits for an answer."""
    if Application.objects.filter(opening=opening, note=_NOTE).exists():
        return
    matches = list_matches(opening, now=now, limit=_APPLICANTS + _INVITED)
    people = {expert.id: expert for expert in Expert.objects.filter(id__in=[match.expert_id for match in matches])}
    for match in matches[:_APPLICANTS]:
        hiring.apply(opening_id=opening.id, note=_NOTE, by=people[match.expert_id].user, now=now)
    invited = [match.expert_id for match in matches[_APPLICANTS:]]
    if invited:
        staffing.invite(
            opening_id=opening.id,
            expert_ids=invited,
            message=_INVITATION,
            expires_at=now + timedelta(days=60),
            by=cast.manager,
            now=now + timedelta(hours=1),
        )


@transaction.atomic
def _play(example: ExampleWork, task: Task, expert: Expert, cast: Cast, at: datetime) -> None:
    claim = work.claim_task(task_id=task.id, by=expert.user, now=at)
    handed_in = at + timedelta(minutes=25)
    submission = work.submit(claim_id=claim.id, content=example.content, by=expert.user, now=handed_in)
    if example.review is None:
        return
    refused = example.review.decision != "ACCEPT"
    review = work.ReviewInput(
        decision=example.review.decision,
        scores=example.review.scores,
        reason_code=(example.review.reason_code or "GUIDELINES") if refused else "",
        reason_text=example.review.words if refused else "",
    )
    decided_at = handed_in + timedelta(hours=2)
    row = work.review_submission(submission_id=submission.id, review=review, by=cast.manager, now=decided_at)
    if refused:
        standing.appeal_review(review_id=row.id, text=_APPEAL, by=expert.user, now=decided_at + timedelta(hours=1))


@transaction.atomic
def _find_or_create_project(demo: TextDemo, cast: Cast, now: datetime) -> Project:
    text = demo.project
    project = Project.objects.filter(organization=cast.organization, code=text.code).first()
    if project is not None:
        return project
    project = projects.create_project(
        organization_id=cast.organization.id,
        project=ProjectInput(
            code=text.code,
            name=text.name,
            summary=text.summary,
            domain=text.domain,
            locale=text.locale,
            task_kind=text.task_kind,
            quality_bar=text.quality_bar,
            currency=text.currency,
            budget_minor=text.budget_minor,
            starts_at=now,
        ),
        by=cast.manager,
        now=now,
    )
    guide = demo.guidelines
    projects.publish_guidelines(
        project_id=project.id,
        goals=guide.goals,
        principles=guide.principles,
        details=guide.details,
        error_categories=guide.error_categories,
        criteria=guide.criteria,
        by=cast.manager,
        now=now,
    )
    return projects.move_project(project_id=project.id, to=Project.State.PRODUCTION, by=cast.manager, now=now)


@transaction.atomic
def _find_or_create_opening(project: Project, cast: Cast, now: datetime) -> Opening:
    opening = Opening.objects.filter(project=project, title=_TITLE).first()
    if opening is not None:
        return opening
    wanted = OpeningInput(
        title=_TITLE,
        role="LABELER",
        seats=6,
        weekly_cap_minutes=20 * 60,
        requirements=(
            RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="C1", distance=5),
            RequirementInput(kind="DOMAIN", node="linguistics", level=2),
            RequirementInput(kind="RATE", is_hard=False, weight=2),
            RequirementInput(kind="CAPACITY", minutes=300, is_hard=False, weight=2),
        ),
    )
    opening = projects.create_opening(project_id=project.id, opening=wanted, by=cast.manager, now=now)
    for unit, rate in ((RateLine.Unit.ACCEPTED_TASK, PER_TASK.times(4)), (RateLine.Unit.HOUR, PER_HOUR)):
        projects.add_rate_line(
            opening_id=opening.id,
            side=RateLine.Side.PAY,
            unit=unit,
            money=rate,
            effective_from=now,
            by=cast.manager,
            now=now,
        )
    return projects.move_opening(opening_id=opening.id, to=Opening.State.OPEN, by=cast.manager, now=now)
