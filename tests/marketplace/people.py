"""People, projects and openings that the marketplace tests tell their stories with, all made by the commands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from common.money import Money
from marketplace.experts import commands as experts
from marketplace.experts.inputs import LanguageInput, ProfileInput, SkillInput, WindowInput
from marketplace.experts.models import Expert
from marketplace.identity.commands import create_organization, grant_membership, register_user
from marketplace.identity.models import Organization, User
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
START = NOW - timedelta(days=30)
TWO_EUROS_FIFTY = Money(250, "EUR")
PASSWORD = "correct horse battery staple"

PROFILE = ProfileInput(
    legal_name="Ada Quispe",
    preferred_name="Ada",
    headline="Translator of contracts",
    residence_country="BO",
    tax_country="BO",
    bank_country="DE",
    timezone="America/La_Paz",
    weekly_capacity_minutes=40 * 60,
)
ENGLISH_GERMAN = (
    LanguageInput(locale="de-DE", modality="WRITE", level="NATIVE"),
    LanguageInput(locale="en", modality="READ", level="C2"),
)
TRANSLATION = (SkillInput(kind="DOMAIN", code="linguistics/translation", level=4, evidence="Ten years"),)
WEEKDAYS = tuple(WindowInput(weekday=day, start_minute=540, end_minute=1020) for day in range(5))


def make_user(name: str) -> User:
    """Return a registered person with a password."""
    return register_user(
        email=f"{name.lower().replace(' ', '.')}@example.org", password=PASSWORD, full_name=name, now=START
    )


def make_organization(owner: User, name: str = "Acme Language") -> Organization:
    """Return an organization owned by ``owner``."""
    slug = name.lower().replace(" ", "-")
    return create_organization(name=name, slug=slug, country="DE", timezone="Europe/Berlin", owner=owner, now=START)


def add_member(organization: Organization, owner: User, name: str, role: str) -> User:
    """Return a new person with ``role`` in the organization."""
    user = make_user(name)
    grant_membership(organization_id=organization.id, user_id=user.id, role=role, by=owner, now=START)
    return user


def make_expert(name: str, **changes: Any) -> Expert:
    """Return an active expert: a German translator in La Paz unless ``changes`` say otherwise."""
    user = make_user(name)
    profile = replace(PROFILE, legal_name=name, preferred_name=name.split()[0], **changes)
    new = experts.NewExpert(
        user_id=user.id, profile=profile, languages=ENGLISH_GERMAN, skills=TRANSLATION, windows=WEEKDAYS
    )
    return experts.create_profiles(experts=[new], by=None, now=START)[0]


def make_project(organization: Organization, owner: User, code: str = "mqm", **changes: Any) -> Project:
    """Return a project in production, with guidelines."""
    project = ProjectInput(
        code=code,
        name=f"Review of translations {code}",
        domain="linguistics/translation",
        locale="de-DE",
        task_kind="rubric",
        currency="EUR",
        budget_minor=5_000_000,
        starts_at=START,
    )
    row = projects.create_project(
        organization_id=organization.id, project=replace(project, **changes), by=owner, now=START
    )
    projects.publish_guidelines(
        project_id=row.id,
        goals="Every error a reader would stumble over is marked.",
        principles="Mark what is wrong, not what you would have written.",
        error_categories=["Accuracy/Mistranslation", "Fluency/Punctuation"],
        criteria=["completeness"],
        by=owner,
        now=START,
    )
    return projects.move_project(project_id=row.id, to="PRODUCTION", by=owner, now=START)


def make_opening(
    project: Project,
    owner: User,
    *,
    unit: str = "ACCEPTED_TASK",
    rate: Money = TWO_EUROS_FIFTY,
    requirements: tuple[RequirementInput, ...] = (),
    seats: int = 5,
) -> Opening:
    """Return an open opening with one pay line of ``rate`` a ``unit``."""
    opening = OpeningInput(
        title="Translation reviewer", role="LABELER", seats=seats, weekly_cap_minutes=2400, requirements=requirements
    )
    row = projects.create_opening(project_id=project.id, opening=opening, by=owner, now=START)
    projects.add_rate_line(
        opening_id=row.id, side="PAY", unit=unit, money=rate, effective_from=START, by=owner, now=START
    )
    return projects.move_opening(opening_id=row.id, to="OPEN", by=owner, now=START)


def pay_line_of(opening: Opening) -> RateLine:
    """Return the opening's only pay line."""
    return opening.rate_lines.get(side="PAY")


def hire(opening: Opening, expert: Expert, owner: User, *, now: datetime = START) -> Engagement:
    """Return the engagement of ``expert`` after an offer that they accepted."""
    terms = staffing.OfferInput(
        expert_id=expert.id,
        pay_line_id=pay_line_of(opening).id,
        weekly_cap_minutes=2400,
        expires_at=now + timedelta(days=7),
    )
    offer = staffing.send_offer(opening_id=opening.id, offer=terms, by=owner, now=now)
    return staffing.accept_offer(offer_id=offer.id, by=expert.user, now=now)
