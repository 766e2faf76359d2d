"""Playing two mistakes in a made-up project: a harsh reviewer and a planted item with a wrong key are found and taken back.

People translate notes, which three reviewers score, and check packets with planted errors. The figures of quality then point at
one reviewer and one key; the manager looks and takes both back, the scores are worked out anew and people are told. Nobody
earns anything here (all are paid by the hour and report none), so that the books tell of the real project alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from marketplace.demo.annotating import find_or_import
from marketplace.demo.cast import Cast, find_or_register
from marketplace.demo.garden_notes import GardenNotes, NoteReviewer, load_garden_notes
from marketplace.demo.staging import PER_HOUR, hire_one
from marketplace.experts import commands as experts
from marketplace.experts.inputs import LanguageInput, ProfileInput, SkillInput, WindowInput
from marketplace.experts.models import Expert
from marketplace.identity.commands import grant_membership
from marketplace.identity.models import Membership, User
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput
from marketplace.work import commands as work
from marketplace.work.models import Task
from quality import facade as quality

NOTES: Final = "garden-notes"
PACKETS: Final = "garden-packets"
_TITLES: Final = {NOTES: "Translator of garden notes", PACKETS: "Checker of seed packets"}
_NAMES: Final = {NOTES: "Garden notes", PACKETS: "Seed packets, checked"}
_KINDS: Final = {NOTES: Project.TaskKind.FREEFORM, PACKETS: Project.TaskKind.RUBRIC}
_ZONE: Final = "Europe/Vienna"
_STEP: Final = timedelta(minutes=10)
_REVIEWER_IS_WRONG: Final = (
    "Takes points away for every Austrian word and calls it not standard German. The guidelines ask for these words; the other "
    "reviewers and I find the notes good."
)
_KEY_IS_WRONG: Final = (
    "The key calls “Paradeiser” a wrong term. The guidelines name it as the right one for these readers."
)


@dataclass(slots=True)
class _Day:
    """What time it is in the play: each act takes ten minutes."""

    now: datetime

    def next(self) -> datetime:
        self.now += _STEP
        return self.now


def were_played(cast: Cast) -> bool:
    """Say whether the mistakes were made, found and taken back."""
    return Project.objects.filter(organization=cast.organization, code=NOTES).exists()


@transaction.atomic
def play_mistakes(cast: Cast, *, now: datetime) -> None:
    """Play it all from ``now`` on, within two days, unless it was played before."""
    if were_played(cast):
        return
    story, day = load_garden_notes(), _Day(now)
    people = _find_people(story, now)
    reviewers = [_find_reviewer(each, cast, now) for each in story.reviewers]
    stages = {code: _stage(code, story, people, cast, now) for code in (NOTES, PACKETS)}
    _translate_notes(story, stages[NOTES], people, reviewers, day)
    _check_packets(story, stages[PACKETS], people, reviewers[0], day)
    _take_back(cast, day)


def _find_people(story: GardenNotes, now: datetime) -> list[Expert]:
    users = [find_or_register(each.email, each.name, timezone=_ZONE, now=now) for each in story.people]
    known = {row.user_id: row for row in Expert.objects.filter(user__in=users).select_related("user")}
    missing = [_profile(user) for user in users if user.pk not in known]
    made = {row.user_id: row for row in experts.create_profiles(experts=missing, by=None, now=now)} if missing else {}
    return [(known | made)[user.pk] for user in users]


def _profile(user: User) -> experts.NewExpert:
    profile = ProfileInput(
        legal_name=user.full_name,
        preferred_name=user.full_name,
        headline="Translator of garden books, Austrian German",
        residence_country="AT",
        tax_country="AT",
        bank_country="AT",
        timezone=_ZONE,
        weekly_capacity_minutes=10 * 60,
    )
    languages = (
        LanguageInput(locale="de-AT", modality="WRITE", level="NATIVE"),
        LanguageInput(locale="en", modality="READ", level="C1"),
    )
    skills = (SkillInput(kind="DOMAIN", code="linguistics/translation", level=4, evidence="Translates garden books"),)
    windows = tuple(WindowInput(weekday=weekday, start_minute=540, end_minute=780) for weekday in range(5))
    return experts.NewExpert(user_id=user.pk, profile=profile, languages=languages, skills=skills, windows=windows)


def _find_reviewer(reviewer: NoteReviewer, cast: Cast, now: datetime) -> User:
    user = find_or_register(reviewer.email, reviewer.name, now=now)
    if not Membership.objects.filter(organization=cast.organization, user=user).exists():
        grant_membership(
            organization_id=cast.organization.id, user_id=user.pk, role=Membership.Role.REVIEWER, by=cast.owner, now=now
        )
    return user


def _stage(code: str, story: GardenNotes, people: Sequence[Expert], cast: Cast, now: datetime) -> dict[str, Task]:
    """Create a project with its guidelines, hire everybody by the hour, import the tasks and return them."""
    wanted = ProjectInput(
        code=code,
        name=_NAMES[code],
        summary="Notes for Austrian gardeners, as they stand on the backs of seed packets.",
        domain="linguistics/translation",
        locale="de-AT",
        task_kind=_KINDS[code],
        currency="EUR",
        budget_minor=100_000,
        starts_at=now,
    )
    project = projects.create_project(organization_id=cast.organization.id, project=wanted, by=cast.manager, now=now)
    guide = story.guidelines
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
    project = projects.move_project(project_id=project.id, to=Project.State.PRODUCTION, by=cast.manager, now=now)
    opening = _open(code, project, cast, now)
    for expert in people:
        hire_one(expert, RateLine.Unit.HOUR, opening, cast, now=now)
    rows = story.list_note_rows() if code == NOTES else story.list_packet_rows()
    data = json.dumps(rows, ensure_ascii=False).encode()
    batch = find_or_import(project, name=_NAMES[code], file_name=f"{code}.json", data=data, by=cast.manager, now=now)
    return {task.external_id: task for task in Task.objects.filter(batch=batch)}


def _open(code: str, project: Project, cast: Cast, now: datetime) -> Opening:
    wanted = OpeningInput(title=_TITLES[code], role="LABELER", seats=6, weekly_cap_minutes=10 * 60, requirements=())
    opening = projects.create_opening(project_id=project.id, opening=wanted, by=cast.manager, now=now)
    projects.add_rate_line(
        opening_id=opening.id,
        side=RateLine.Side.PAY,
        unit=RateLine.Unit.HOUR,
        money=PER_HOUR,
        effective_from=now,
        by=cast.manager,
        now=now,
    )
    return projects.move_opening(opening_id=opening.id, to=Opening.State.OPEN, by=cast.manager, now=now)


def _translate_notes(
    story: GardenNotes, tasks: Mapping[str, Task], people: Sequence[Expert], reviewers: Sequence[User], day: _Day
) -> None:
    """Let everybody translate every note; each reviewer scores two notes of each person, the next person's others."""
    day.now += timedelta(hours=3)
    for place, expert in enumerate(people):
        for number, note in enumerate(story.notes):
            turn = (place + number) % len(reviewers)
            said = story.reviewers[turn]
            scores = {
                criterion: story.score_of(place, number, said, column)
                for column, criterion in enumerate(story.guidelines.criteria)
            }
            errors = [{"category": "Terminology", "severity": "MAJOR", "note": said.remark}] if said.is_harsh else []
            review = work.ReviewInput(decision="ACCEPT", scores=scores, errors=errors)
            content = {"text": note.targets[(place + number) % 2]}
            _play(tasks[note.external_id], expert, content, review, reviewers[turn], day)


def _check_packets(
    story: GardenNotes, tasks: Mapping[str, Task], people: Sequence[Expert], reviewer: User, day: _Day
) -> None:
    """Let everybody check every packet; what was found of what is planted is recorded when the work is accepted."""
    for gardener, expert in zip(story.people, people, strict=True):
        for packet in story.packets:
            marks = [{"category": each, "severity": "MINOR"} for each in story.marks_of(gardener, packet)]
            review = work.ReviewInput(decision="ACCEPT")
            _play(tasks[packet.external_id], expert, {"errors": marks}, review, reviewer, day)


def _play(
    task: Task, expert: Expert, content: dict[str, Any], review: work.ReviewInput, reviewer: User, day: _Day
) -> None:
    claim = work.claim_task(task_id=task.id, by=expert.user, now=day.next())
    submission = work.submit(claim_id=claim.id, content=content, by=expert.user, now=day.next())
    work.review_submission(submission_id=submission.id, review=review, by=reviewer, now=day.next())


def _take_back(cast: Cast, day: _Day) -> None:
    """Let the manager read what the figures point at, look at it, and take it back."""
    for finding in quality.list_reviewer_findings(cast.manager):
        if finding.stands_out and finding.difference > 0:
            quality.withdraw_reviewer(
                reviewer_id=finding.reviewer_id,
                tenant=cast.organization.id,
                words=_REVIEWER_IS_WRONG,
                by=cast.manager,
                now=day.next(),
            )
    items = quality.list_gold(cast.manager).filter(project=PACKETS)
    for key in quality.list_key_findings(items).values():
        if key.is_likely_wrong:
            quality.withdraw_gold(gold_id=key.gold_id, words=_KEY_IS_WRONG, by=cast.manager, now=day.next())
