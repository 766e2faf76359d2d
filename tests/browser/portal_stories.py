"""What homes, openings, boards and quality show in the browser tests: Ada works for Meridian, and is asked for more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from common import clock
from common.money import Money
from marketplace.experts.models import Expert, ExpertLanguage, ExpertSkill
from marketplace.experts.search_row import refresh
from marketplace.hiring import commands as hiring
from marketplace.hiring.models import Application
from marketplace.notifications.commands import notify
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement, Offer
from marketplace.standing import commands as standing
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.timesheets import commands as time
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.work.models import Batch, Task
from payouts.facade import list_earnings
from quality.facade import JudgmentKind, NewJudgment, ScopeCodes, record_judgments
from tests.browser.world import World

SCOPE = ScopeCodes("linguistics/translation", "de-DE", "rubric")


def make_project(world: World) -> Project:
    """Return a project of Meridian in production, with guidelines."""
    now, chen = clock.now(), world.people["Chen"]
    TaxonomyNode.objects.get_or_create(kind="DOMAIN", code=SCOPE.domain, defaults={"tag": 7, "name": "Translation"})
    project = ProjectInput(
        code="mqm",
        name="Review of translations",
        summary="Errors in German news translations, marked and weighed.",
        domain=SCOPE.domain,
        locale=SCOPE.locale,
        task_kind=SCOPE.task_kind,
        quality_bar=0.8,
        currency="EUR",
        budget_minor=5_000_000,
        starts_at=now - timedelta(days=30),
    )
    row = projects.create_project(organization_id=world.organization.id, project=project, by=chen, now=now)
    projects.publish_guidelines(
        project_id=row.id,
        goals="Every error that a reader would stumble over is marked.",
        principles="Mark what is wrong, not what you would have written.",
        criteria=["completeness"],
        by=chen,
        now=now,
    )
    return projects.move_project(project_id=row.id, to="PRODUCTION", by=chen, now=now)


def make_opening(world: World, project: Project, title: str, *, unit: str = "HOUR", level: int = 3) -> Opening:
    """Return an open opening with a hard and a soft rule and one pay line."""
    since, chen = clock.now() - timedelta(days=29), world.people["Chen"]
    rules = (
        RequirementInput(kind="DOMAIN", node=SCOPE.domain, level=level),
        RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="C1"),
        RequirementInput(kind="QUALITY", is_hard=False, weight=3, share=0.8),
    )
    opening = OpeningInput(title=title, role="LABELER", seats=4, weekly_cap_minutes=1200, requirements=rules)
    row = projects.create_opening(project_id=project.id, opening=opening, by=chen, now=since)
    projects.add_rate_line(
        opening_id=row.id, side="PAY", unit=unit, money=Money(2400, "EUR"), effective_from=since, by=chen, now=since
    )
    return projects.move_opening(opening_id=row.id, to="OPEN", by=chen, now=since)


@transaction.atomic
def make_findable(world: World, name: str = "Ada") -> Expert:
    """Return a person's profile as a translator whom search finds; Eve and others get one when asked for."""
    user = world.people[name]
    expert = Expert.objects.filter(user=user).first() or Expert.objects.create(
        user=user,
        state=Expert.State.ACTIVE,
        legal_name=user.full_name,
        preferred_name=name,
        headline="Translator of contracts",
        residence_country="DE",
        tax_country="DE",
        bank_country="DE",
        timezone=user.timezone,
        weekly_capacity_minutes=1800,
        created_at=clock.now(),
    )
    Expert.objects.filter(id=expert.id).update(bank_country="DE", headline="Translator of contracts")
    node = TaxonomyNode.objects.get(code=SCOPE.domain)
    ExpertSkill.objects.create(expert=expert, node=node, claimed_level=4, evidence="Ten years")
    ExpertLanguage.objects.create(expert=expert, locale="de-DE", modality="WRITE", claimed_level="NATIVE")
    refresh([expert.id], now=clock.now())
    return Expert.objects.get(id=expert.id)


def offer(world: World, opening: Opening, expert: Expert, *, at: datetime | None = None) -> Offer:
    """Return an offer to an expert that can be accepted for a week."""
    now = at or clock.now()
    terms = staffing.OfferInput(
        expert_id=expert.id,
        pay_line_id=opening.rate_lines.get(side="PAY").id,
        weekly_cap_minutes=1200,
        expires_at=now + timedelta(days=7),
    )
    return staffing.send_offer(opening_id=opening.id, offer=terms, by=world.people["Chen"], now=now)


def engage(world: World, opening: Opening, expert: Expert) -> Engagement:
    """Return an engagement that began three weeks ago."""
    since = clock.now() - timedelta(days=21)
    return staffing.accept_offer(offer_id=offer(world, opening, expert, at=since).id, by=expert.user, now=since)


def busy_ada(world: World) -> dict[str, Any]:
    """Let Ada work: a running timer, approved and cut and waiting time, judged work, offers to answer. Returns nothing."""
    now, ada, bola = clock.now(), world.people["Ada"], world.people["Bola"]
    project = make_project(world)
    first, second = make_opening(world, project, "Reviewer of news"), make_opening(world, project, "Reviewer of law")
    make_opening(world, project, "Authority in translation", level=5)
    expert = make_findable(world)
    engagement = engage(world, first, expert)
    entries = [
        time.add_manual_entry(
            engagement_id=engagement.id,
            starts_at=now - timedelta(days=days, hours=3),
            ends_at=now - timedelta(days=days),
            reason="The timer was off.",
            by=ada,
            now=now,
        )
        for days in (3, 5, 9)
    ]
    time.approve_entries(entry_ids=[entries[1].id], by=bola, now=now)
    time.cut_entry(
        entry_id=entries[2].id,
        approved_seconds=7200,
        reason_code="NO_OUTPUT",
        reason_text="No work between ten and eleven.",
        by=bola,
        now=now,
    )
    time.start_timer(engagement_id=engagement.id, by=ada, now=now - timedelta(minutes=8))
    offer(world, second, expert)
    judge(world, project, days=(50, 40, 30, 20, 10, 1))
    make_batch(world, project)
    world.things |= {"project": project, "first": first, "second": second, "engagement": engagement, "expert": expert}
    return {}


def judge(world: World, project: Project, *, days: tuple[int, ...]) -> None:
    """Record reviews of Ada's work on several days."""
    for day in days:
        at = clock.now() - timedelta(days=day)
        record_judgments(
            judgments=[
                NewJudgment(
                    worker_id=world.people["Ada"].id,
                    scope=SCOPE,
                    kind=JudgmentKind.REVIEW,
                    value=0.9,
                    source_key=f"review:{uuid4()}:completeness",
                    actor_id=world.people["Dana"].id,
                    at=at,
                )
                for _ in range(6)
            ],
            now=at,
        )


def make_batch(world: World, project: Project) -> Batch:
    """Return a batch of three tasks."""
    now = clock.now()
    batch = Batch.objects.create(
        project=project,
        name="News of March",
        file_sha256="a" * 64,
        task_count=3,
        created_by=world.people["Chen"],
        created_at=now,
    )
    Task.objects.bulk_create(
        Task(
            batch=batch, external_id=f"news-{n}", content={"source": "Guten Tag", "target": "Good day"}, created_at=now
        )
        for n in range(3)
    )
    return batch


def an_earning(world: World) -> dict[str, Any]:
    """Return one of Ada's earnings of time."""
    busy_ada(world)
    return {"earning_id": list_earnings(worker_id=world.people["Ada"].id)[0].id}


def an_opening(world: World) -> dict[str, Any]:
    """Return an opening that Ada may apply for, and does not pass."""
    busy_ada(world)
    return {"opening_id": Opening.objects.get(title="Authority in translation").id}


def a_bill_rate(world: World) -> dict[str, Any]:
    """Return what the client is billed for an opening, from now on."""
    opening_id = an_opening(world)["opening_id"]
    line = projects.add_rate_line(
        opening_id=opening_id,
        side="BILL",
        unit="HOUR",
        money=Money(4100, "EUR"),
        effective_from=clock.now() + timedelta(minutes=1),
        by=world.people["Emre"],
        now=clock.now(),
    )
    return {"opening_id": opening_id, "line_id": line.id}


def billed(world: World) -> dict[str, Any]:
    """Leave an opening with a bill rate."""
    a_bill_rate(world)
    return {}


def an_offer(world: World) -> dict[str, Any]:
    """Return the offer that waits for Ada."""
    busy_ada(world)
    return {"offer_id": Offer.objects.get(state="SENT").id}


def a_staffed_opening(world: World) -> dict[str, Any]:
    """Return an opening with an engagement, an offer, an application, and people who fit."""
    busy_ada(world)
    emre = make_findable(world, "Emre")
    make_findable(world, "Fatou")
    hiring.apply(opening_id=world.things["second"].id, note="I know this client.", by=emre.user, now=clock.now())
    return {"opening_id": world.things["second"].id}


def a_candidate(world: World) -> dict[str, Any]:
    """Return a person who applied, with the opening."""
    asked = a_staffed_opening(world)
    return {**asked, "expert_id": Expert.objects.get(preferred_name="Emre").id}


def two_candidates(world: World) -> dict[str, Any]:
    """Return the opening for which Emre and Fatou are compared; the query names them."""
    asked = a_staffed_opening(world)
    chosen = Expert.objects.filter(preferred_name__in=["Emre", "Fatou"]).values_list("id", flat=True)
    world.things["query"] = "?" + "&".join(f"expert_ids={expert_id}" for expert_id in chosen)
    return asked


def an_application(world: World) -> dict[str, Any]:
    """Return Emre's application."""
    a_staffed_opening(world)
    return {"application_id": Application.objects.get().id}


def an_engagement(world: World) -> dict[str, Any]:
    """Return Ada's engagement."""
    busy_ada(world)
    return {"engagement_id": world.things["engagement"].id}


def a_project(world: World) -> dict[str, Any]:
    """Return the project."""
    busy_ada(world)
    return {"project_id": world.things["project"].id}


def an_open_rate_line(world: World) -> dict[str, Any]:
    """Return a rate line without an end."""
    busy_ada(world)
    opening = world.things["first"]
    return {"opening_id": opening.id, "line_id": opening.rate_lines.get().id}


def ada(world: World) -> dict[str, Any]:
    """Return Ada as a worker."""
    busy_ada(world)
    return {"worker_id": world.people["Ada"].id}


def time_waiting(world: World) -> dict[str, Any]:
    """Leave time to approve."""
    busy_ada(world)
    return {}


def a_waiting_entry(world: World) -> dict[str, Any]:
    """Return an entry that waits for approval."""
    busy_ada(world)
    return {"entry_id": TimeEntry.objects.get(state="SUBMITTED").id}


def a_cut(world: World) -> dict[str, Any]:
    """Return the cut of Ada's time."""
    busy_ada(world)
    return {"decision_id": TimeDecision.objects.get(decision="CUT").id}


def an_appeal(world: World) -> dict[str, Any]:
    """Return Ada's appeal against the cut; Bola cut, so Chen may decide."""
    decision_id = a_cut(world)["decision_id"]
    text = "I answered the client's questions in that hour; the letters are in the project."
    row = standing.appeal_time_cut(decision_id=decision_id, text=text, by=world.people["Ada"], now=clock.now())
    return {"appeal_id": row.id}


def appeals_waiting(world: World) -> dict[str, Any]:
    """Leave an appeal to decide."""
    an_appeal(world)
    return {}


def some_notices(world: World) -> dict[str, Any]:
    """Tell Ada two things."""
    for key, title in (("a", "An offer: Reviewer of law"), ("b", "42 minutes were cut: Review of translations")):
        notify(
            user_id=world.people["Ada"].id,
            source_key=key,
            kind="offer.sent",
            title=title,
            body="The terms stand in your offers.",
            path="/openings/mine/",
            now=clock.now(),
        )
    return {}
