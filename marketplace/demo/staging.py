"""Setting the stage: the project with its openings and prices, and hiring the translators through application and offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from common.money import Money
from marketplace.demo.cast import Cast
from marketplace.experts.models import Expert
from marketplace.hiring import commands as hiring
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement

REAL_PROJECT: Final = "wmt23-en-de"
ATTENTION_CHECK: Final = "Attention check"
PER_TASK: Final = Money(265, "EUR")
PER_HOUR: Final = Money(3800, "EUR")
BILLED_PER_TASK: Final = Money(390, "EUR")
BILLED_PER_HOUR: Final = Money(5600, "EUR")

_REQUIREMENTS: Final = (
    RequirementInput(kind="DOMAIN", node="linguistics/translation", level=3),
    RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="C2"),
    RequirementInput(kind="LANGUAGE", locale="en", modality="READ", language_level="C1", distance=5),
    RequirementInput(kind="SKILL", node="mqm-annotation", level=3, is_hard=False, weight=3),
    RequirementInput(kind="CAPACITY", minutes=600, is_hard=False, weight=2),
    RequirementInput(kind="QUALITY", share=0.85, is_hard=False, weight=3),
    RequirementInput(kind="TIMEZONE", timezone="Europe/Berlin", minutes=600, is_hard=False),
)


@transaction.atomic
def stage_real_project(cast: Cast, categories: Sequence[str], *, now: datetime) -> tuple[Project, Opening]:
    """Create the project of the real data with guidelines, an opening and its prices, or find them."""
    project = Project.objects.filter(organization=cast.organization, code=REAL_PROJECT).first()
    if project is None:
        project = _create_real_project(cast, categories, now)
    opening = Opening.objects.filter(project=project, title="MQM annotator, English to German").first()
    if opening is None:
        wanted = OpeningInput(
            title="MQM annotator, English to German",
            role="LABELER",
            seats=20,
            weekly_cap_minutes=40 * 60,
            requirements=_REQUIREMENTS,
        )
        opening = projects.create_opening(project_id=project.id, opening=wanted, by=cast.manager, now=now)
    return project, _open(opening, cast, now)


def _create_real_project(cast: Cast, categories: Sequence[str], now: datetime) -> Project:
    project = projects.create_project(
        organization_id=cast.organization.id,
        project=ProjectInput(
            code=REAL_PROJECT,
            name="WMT23 English–German",
            summary="Ten systems translated the same 104 passages; three translators mark the errors of each.",
            domain="linguistics/translation",
            locale="de-DE",
            task_kind="rubric",
            quality_bar=0.8,
            currency="EUR",
            budget_minor=2_500_000,
            starts_at=now,
        ),
        by=cast.manager,
        now=now,
    )
    projects.publish_guidelines(
        project_id=project.id,
        goals="The client ranks ten translation systems. Mark every error that a careful German reader would notice.",
        principles=(
            "Compare with the source first, then read the German alone.\n"
            "Mark what is wrong, not what you would have written.\n"
            "Some passages carry a planted error as an attention check: mark it like any other."
        ),
        details="Severity: MAJOR misleads or disturbs the reader, MINOR is noticed and passed over, NEUTRAL weighs nothing.",
        error_categories=[ATTENTION_CHECK, *categories],
        criteria=["Completeness", "Severity"],
        by=cast.manager,
        now=now,
    )
    return projects.move_project(project_id=project.id, to=Project.State.PRODUCTION, by=cast.manager, now=now)


def _open(opening: Opening, cast: Cast, now: datetime) -> Opening:
    prices = (
        (RateLine.Side.PAY, RateLine.Unit.ACCEPTED_TASK, PER_TASK),
        (RateLine.Side.PAY, RateLine.Unit.HOUR, PER_HOUR),
        (RateLine.Side.BILL, RateLine.Unit.ACCEPTED_TASK, BILLED_PER_TASK),
        (RateLine.Side.BILL, RateLine.Unit.HOUR, BILLED_PER_HOUR),
    )
    for side, unit, rate in prices:
        if not opening.rate_lines.filter(side=side, unit=unit).exists():
            by = cast.preparer if side == RateLine.Side.BILL else cast.manager
            projects.add_rate_line(
                opening_id=opening.id, side=side, unit=unit, money=rate, effective_from=now, by=by, now=now
            )
    if opening.state == Opening.State.DRAFT:
        opening = projects.move_opening(opening_id=opening.id, to=Opening.State.OPEN, by=cast.manager, now=now)
    return opening


def hire(
    experts: Mapping[str, Expert], units: Mapping[str, str], opening: Opening, cast: Cast, *, now: datetime
) -> dict[str, Engagement]:
    """Hire each expert on the pay line of their unit: application, offer, acceptance. Those hired before are found."""
    engagements: dict[str, Engagement] = {}
    for worker, expert in experts.items():
        engagement = Engagement.objects.filter(opening=opening, expert=expert).first()
        engagements[worker] = engagement or hire_one(expert, units[worker], opening, cast, now=now)
    return engagements


@transaction.atomic
def hire_one(expert: Expert, unit: str, opening: Opening, cast: Cast, *, now: datetime) -> Engagement:
    """Let one expert apply, be offered the line of ``unit`` and accept."""
    hiring.apply(opening_id=opening.id, note="I translate and annotate for a living.", by=expert.user, now=now)
    line = opening.rate_lines.get(side=RateLine.Side.PAY, unit=unit)
    terms = staffing.OfferInput(
        expert_id=expert.id,
        pay_line_id=line.id,
        weekly_cap_minutes=opening.weekly_cap_minutes,
        expires_at=now + timedelta(days=7),
    )
    offer = staffing.send_offer(opening_id=opening.id, offer=terms, by=cast.manager, now=now + timedelta(hours=1))
    return staffing.accept_offer(offer_id=offer.id, by=expert.user, now=now + timedelta(hours=2))
