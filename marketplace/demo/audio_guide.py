"""Playing the made-up project with texts: a dozen tasks in every state, so that task and review pages are alive."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from marketplace.demo.cast import Cast
from marketplace.demo.staging import PER_TASK, hire_one
from marketplace.demo.texts import ExampleWork, TextDemo, load_text_demo
from marketplace.experts.models import Expert
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.staffing.models import Engagement
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim, Task

_TITLE: Final = "Reviewer of museum texts"


def play_audio_guide(expert: Expert, cast: Cast, *, now: datetime) -> None:
    """Set up the project, hire ``expert`` for it and play the finished examples that are not there yet."""
    demo = load_text_demo()
    project = _find_or_create_project(demo, cast, now)
    opening = _find_or_create_opening(project, cast, now)
    if not Engagement.objects.filter(opening=opening, expert=expert).exists():
        hire_one(expert, RateLine.Unit.ACCEPTED_TASK, opening, cast, now=now)
    batch = _find_or_import(demo, project, cast, now)
    tasks = {task.external_id: task for task in Task.objects.filter(batch=batch)}
    for number, example in enumerate(demo.examples):
        at = now + timedelta(days=1, hours=number)
        task = tasks[example.external_id]
        if not Claim.objects.filter(task=task, expert_user_id=expert.user_id).exists():
            _play(example, task, expert, cast, at)


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
    work.review_submission(
        submission_id=submission.id, review=review, by=cast.manager, now=handed_in + timedelta(hours=2)
    )


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
    projects.add_rate_line(
        opening_id=opening.id,
        side=RateLine.Side.PAY,
        unit=RateLine.Unit.ACCEPTED_TASK,
        money=PER_TASK.times(4),
        effective_from=now,
        by=cast.manager,
        now=now,
    )
    return projects.move_opening(opening_id=opening.id, to=Opening.State.OPEN, by=cast.manager, now=now)


def _find_or_import(demo: TextDemo, project: Project, cast: Cast, now: datetime) -> Batch:
    data = json.dumps(demo.list_rows(), ensure_ascii=False).encode()
    outcome = work.import_batch(
        project_id=project.id, name="Stops 1 to 12", file_name="stops.json", data=data, by=cast.manager, now=now
    )
    if outcome.batch is None:
        raise ValueError(f"the demo's own file was refused: {outcome.report.bad_rows[:3]}")
    return outcome.batch
