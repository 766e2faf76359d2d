"""What a client wants done, by whom, on which terms."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateTimeRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.permissions import has_grant
from marketplace.identity.models import Organization, User
from marketplace.identity.queries import find_roles
from marketplace.taxonomy.models import TaxonomyNode


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects, scoped to who asks."""

    def visible_to(self, user: User) -> ProjectQuerySet:
        """Return the projects of the user's organizations, those that an expert works in or may find, or all for an auditor."""
        if has_grant(user, "projects.read.all"):
            return self
        roles = find_roles(user)
        mine = Q(organization__in=roles.organizations_with("projects.read"))
        if roles.is_expert:
            found = Q(state="PRODUCTION", openings__state="OPEN") | Q(openings__engagements__expert__user_id=user.pk)
            mine |= Q(id__in=Project.objects.filter(found).values("id"))
        return self.filter(mine)

    def managed_by(self, user: User) -> ProjectQuerySet:
        """Return the projects that a role of the user in their organization shows, none for experts."""
        if has_grant(user, "projects.read.all"):
            return self
        return self.filter(organization__in=find_roles(user).organizations_with("projects.read"))


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Openings, scoped to who asks."""

    def visible_to(self, user: User) -> OpeningQuerySet:
        """Return the openings of visible projects; an expert sees the open ones and those they are engaged in."""
        if has_grant(user, "projects.read.all"):
            return self
        roles = find_roles(user)
        mine = Q(project__organization__in=roles.organizations_with("projects.read"))
        if roles.is_expert:
            engaged = Opening.objects.filter(engagements__expert__user_id=user.pk)
            mine |= Q(state="OPEN", project__state="PRODUCTION") | Q(id__in=engaged.values("id"))
        return self.filter(mine)

    def managed_by(self, user: User) -> OpeningQuerySet:
        """Return the openings of the projects that the user manages or reviews."""
        if has_grant(user, "projects.read.all"):
            return self
        return self.filter(project__organization__in=find_roles(user).organizations_with("projects.read"))


class Project(models.Model):
    """A row is a client's project.

    States: SET_UP → PRODUCTION ↔ PAUSED → COMPLETE; CANCELLED settles everything earned. ``task_kind``, the domain's code
    and ``locale`` are the scope under which quality is estimated.
    """

    class State(models.TextChoices):
        SET_UP = "SET_UP"
        PRODUCTION = "PRODUCTION"
        PAUSED = "PAUSED"
        COMPLETE = "COMPLETE"
        CANCELLED = "CANCELLED"

    TRANSITIONS: ClassVar = {
        "SET_UP": {"PRODUCTION", "CANCELLED"},
        "PRODUCTION": {"PAUSED", "COMPLETE", "CANCELLED"},
        "PAUSED": {"PRODUCTION", "COMPLETE", "CANCELLED"},
        "COMPLETE": set(),
        "CANCELLED": set(),
    }

    class TaskKind(models.TextChoices):
        RUBRIC = "rubric"
        CATEGORICAL = "categorical"
        PAIRWISE = "pairwise"
        FREEFORM = "freeform"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="projects")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SET_UP)
    domain = models.ForeignKey(TaxonomyNode, on_delete=models.PROTECT, related_name="+")
    locale = models.CharField(max_length=35)
    task_kind = models.CharField(max_length=12, choices=TaskKind)
    quality_bar = models.FloatField(null=True)
    currency = models.CharField(max_length=3)
    budget_minor = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="project_code_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="project_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(quality_bar__isnull=True) | Q(quality_bar__range=(0, 1)),
                name="project_bar_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Guidelines(models.Model):
    """A row is one published version of a project's guidelines: goals and principles first, then details. Never changed."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    number = models.PositiveIntegerField()
    goals = models.TextField()
    principles = models.TextField()
    details = models.TextField(blank=True)
    error_categories = ArrayField(models.CharField(max_length=80), default=list)
    criteria = ArrayField(models.CharField(max_length=80), default=list)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "number"], name="guidelines_number_once"),
            models.CheckConstraint(
                condition=~Q(goals="") & ~Q(principles=""),
                name="guidelines_say_goals_and_principles",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} v{self.number}"


class Opening(models.Model):
    """A row is a role wanted in a project: seats, hours, locale and how near a locale is near enough.

    States: DRAFT → OPEN ↔ PAUSED → CLOSED.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        OPEN = "OPEN"
        PAUSED = "PAUSED"
        CLOSED = "CLOSED"

    TRANSITIONS: ClassVar = {
        "DRAFT": {"OPEN", "CLOSED"},
        "OPEN": {"PAUSED", "CLOSED"},
        "PAUSED": {"OPEN", "CLOSED"},
        "CLOSED": set(),
    }

    class Role(models.TextChoices):
        LABELER = "LABELER"
        REVIEWER = "REVIEWER"
        LEAD = "LEAD"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="openings")
    title = models.CharField(max_length=200)
    role = models.CharField(max_length=10, choices=Role)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    seats = models.PositiveIntegerField()
    weekly_cap_minutes = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(seats__gte=1), name="opening_has_a_seat"),
            models.CheckConstraint(
                condition=Q(weekly_cap_minutes__range=(1, 10_080)),
                name="opening_cap_fits_a_week",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Requirement(models.Model):
    """A row is one rule of an opening. A hard one decides who is eligible; a soft one adds its weight to the rank.

    Which fields count depends on ``kind``: DOMAIN, SKILL and CREDENTIAL name ``node`` (and ``level``), LANGUAGE a ``locale``,
    ``modality``, ``language_level`` and the largest accepted ``distance``; COUNTRY lists ``countries``; RATE compares the expert's
    wish with the pay line; CAPACITY needs ``minutes`` a week free; QUALITY a ``share``; TIMEZONE an overlap of ``minutes`` a week
    with ``timezone``'s working hours.
    """

    class Kind(models.TextChoices):
        DOMAIN = "DOMAIN"
        SKILL = "SKILL"
        CREDENTIAL = "CREDENTIAL"
        LANGUAGE = "LANGUAGE"
        COUNTRY = "COUNTRY"
        RATE = "RATE"
        CAPACITY = "CAPACITY"
        QUALITY = "QUALITY"
        TIMEZONE = "TIMEZONE"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="requirements")
    kind = models.CharField(max_length=10, choices=Kind)
    is_hard = models.BooleanField(default=True)
    weight = models.PositiveSmallIntegerField(default=1)
    node = models.ForeignKey(TaxonomyNode, on_delete=models.PROTECT, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(null=True)
    locale = models.CharField(max_length=35, blank=True)
    modality = models.CharField(max_length=6, blank=True)
    language_level = models.CharField(max_length=6, blank=True)
    distance = models.PositiveSmallIntegerField(default=0)
    countries = ArrayField(models.CharField(max_length=2), default=list)
    minutes = models.PositiveIntegerField(null=True)
    share = models.FloatField(null=True)
    timezone = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weight__range=(1, 100)), name="requirement_weight_1_to_100"),
            models.CheckConstraint(
                condition=~Q(kind__in=["DOMAIN", "SKILL", "CREDENTIAL"]) | Q(node__isnull=False),
                name="requirement_names_its_node",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["DOMAIN", "SKILL"]) | Q(level__range=(1, 5)),
                name="requirement_level_1_to_5",
            ),
            models.CheckConstraint(
                condition=~Q(kind="LANGUAGE") | (~Q(locale="") & ~Q(modality="") & ~Q(language_level="")),
                name="requirement_names_its_language",
            ),
            models.CheckConstraint(
                condition=~Q(kind="COUNTRY") | Q(countries__len__gte=1),
                name="requirement_lists_its_countries",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["CAPACITY", "TIMEZONE"]) | Q(minutes__gte=1),
                name="requirement_says_minutes",
            ),
            models.CheckConstraint(
                condition=~Q(kind="QUALITY") | Q(share__range=(0, 1)),
                name="requirement_says_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.opening_id}"


class RateLine(models.Model):
    """A row is one price, valid during ``effective`` (half-open): what an expert is paid or a client is billed per unit.

    A line is never rewritten. A new price is a new line; ending one sets the upper bound of ``effective`` once, and only forward
    of the moment it is done. At most one line is valid per opening, side and unit at any instant.
    """

    class Side(models.TextChoices):
        PAY = "PAY"
        BILL = "BILL"

    class Unit(models.TextChoices):
        HOUR = "HOUR"
        TASK = "TASK", "Submitted task"
        ACCEPTED_TASK = "ACCEPTED_TASK", "Accepted task"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="rate_lines")
    side = models.CharField(max_length=4, choices=Side)
    unit = models.CharField(max_length=14, choices=Unit)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    effective = DateTimeRangeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="rate_line_pays_something"),
            models.CheckConstraint(
                condition=Q(effective__startswith__isnull=False, effective__isempty=False),
                name="rate_line_has_a_start",
            ),
            ExclusionConstraint(
                name="rate_line_one_at_a_time",
                expressions=[
                    (F("opening"), RangeOperators.EQUAL),
                    (F("side"), RangeOperators.EQUAL),
                    (F("unit"), RangeOperators.EQUAL),
                    (F("effective"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="only_the_end_may_be_set",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (to_jsonb(OLD) - 'effective') <> (to_jsonb(NEW) - 'effective')
                       OR lower(OLD.effective) <> lower(NEW.effective) OR NOT upper_inf(OLD.effective) THEN
                        RAISE EXCEPTION 'a rate line is immutable' USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.amount_minor} {self.currency} per {self.unit}"


def tstzrange(start: str, end: str) -> Func[Any]:
    """Return the half-open range of two timestamp columns, for constraints."""
    return Func(F(start), F(end), function="tstzrange", output_field=DateTimeRangeField())
