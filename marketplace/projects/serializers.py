"""The JSON of projects: what comes in, what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from common.api import (
    CodeField,
    CountryField,
    InstantField,
    LocaleField,
    MoneyField,
    NameField,
    Serializer,
    StrictIntegerField,
    TextField,
    TimezoneField,
    read_columns,
)
from common.money import LARGEST_AMOUNT_MINOR
from marketplace.projects.models import Guidelines, Opening, Project, RateLine, Requirement
from marketplace.projects.rules import LANGUAGE_LEVELS, LARGEST_DISTANCE, MINUTES_A_WEEK, MODALITIES


class ProjectFilter(Serializer):
    """Narrows the list of projects."""

    state = serializers.ChoiceField(Project.State.choices, required=False)


class OpeningFilter(Serializer):
    """Narrows the list of openings."""

    state = serializers.ChoiceField(Opening.State.choices, required=False)


class ProjectChange(Serializer):
    """A project's own words and terms."""

    code = serializers.RegexField(r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    name = NameField()
    summary = TextField(required=False, allow_blank=True, default="")
    domain = CodeField(max_length=120)
    locale = LocaleField(max_length=35)
    task_kind = serializers.ChoiceField(Project.TaskKind.choices)
    quality_bar = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    budget = MoneyField()
    starts_at = InstantField()
    ends_at = InstantField(required=False, allow_null=True)


class ProjectIn(ProjectChange):
    """A new project of an organization."""

    organization = serializers.UUIDField()


class MoneyOut(serializers.Serializer[Any]):
    """An amount in minor units."""

    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()


class ProjectOut(serializers.Serializer[Any]):
    """A project; ``budget`` and ``quality_bar`` are null for who does not manage it."""

    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    organization_name = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    state = serializers.ChoiceField(Project.State.choices)
    domain = serializers.CharField()
    locale = serializers.CharField()
    task_kind = serializers.CharField()
    quality_bar = serializers.FloatField(allow_null=True)
    budget = MoneyOut(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ProjectPage(serializers.Serializer[Any]):
    """A page of projects."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ProjectOut(many=True)


class StateIn(Serializer):
    """The state to go to, and why."""

    state = CodeField(max_length=20)
    reason_text = TextField(required=False, allow_blank=True, max_length=2000)


class GuidelinesIn(Serializer):
    """Goals and principles first, details after."""

    goals = TextField()
    principles = TextField()
    details = TextField(required=False, allow_blank=True, default="")
    error_categories = serializers.ListField(child=NameField(max_length=80), required=False, max_length=100)
    criteria = serializers.ListField(child=NameField(max_length=80), required=False, max_length=50)


class GuidelinesOut(serializers.ModelSerializer[Guidelines]):
    """A published version."""

    class Meta:
        model = Guidelines
        fields = ("id", "number", "goals", "principles", "details", "error_categories", "criteria", "published_at")


class RequirementIn(Serializer):
    """One rule; which fields count depends on its kind."""

    kind = serializers.ChoiceField(Requirement.Kind.choices)
    is_hard = serializers.BooleanField(required=False, default=True)
    weight = StrictIntegerField(min_value=1, max_value=100, required=False, default=1)
    node = CodeField(max_length=120, required=False, allow_blank=True)
    level = StrictIntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    locale = LocaleField(max_length=35, required=False)
    modality = serializers.ChoiceField(MODALITIES, required=False)
    language_level = serializers.ChoiceField(LANGUAGE_LEVELS, required=False)
    distance = StrictIntegerField(min_value=0, max_value=LARGEST_DISTANCE, required=False)
    countries = serializers.ListField(child=CountryField(), required=False, max_length=250)
    minutes = StrictIntegerField(min_value=1, max_value=MINUTES_A_WEEK, required=False, allow_null=True)
    share = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    timezone = TimezoneField(required=False)


class RequirementOut(serializers.Serializer[Any]):
    """One rule with its names."""

    kind = serializers.CharField()
    is_hard = serializers.BooleanField()
    weight = serializers.IntegerField()
    node = serializers.CharField(allow_null=True)
    level = serializers.IntegerField(allow_null=True)
    locale = serializers.CharField()
    modality = serializers.CharField()
    language_level = serializers.CharField()
    distance = serializers.IntegerField()
    countries = serializers.ListField(child=serializers.CharField())
    minutes = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField(allow_null=True)
    timezone = serializers.CharField()


class OpeningIn(Serializer):
    """A new opening."""

    title = NameField()
    role = serializers.ChoiceField(Opening.Role.choices)
    seats = StrictIntegerField(min_value=1, max_value=100_000)
    weekly_cap_minutes = StrictIntegerField(min_value=1, max_value=MINUTES_A_WEEK)
    requirements = serializers.ListField(child=RequirementIn(), required=False, max_length=50)


class RequirementsIn(Serializer):
    """All requirements of an opening."""

    requirements = serializers.ListField(child=RequirementIn(), max_length=50)


class OpeningOut(serializers.Serializer[Any]):
    """An opening."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    project_name = serializers.CharField()
    title = serializers.CharField()
    role = serializers.CharField()
    state = serializers.ChoiceField(Opening.State.choices)
    seats = serializers.IntegerField()
    weekly_cap_minutes = serializers.IntegerField()
    requirements = RequirementOut(many=True)
    version = serializers.IntegerField()


class OpeningPage(serializers.Serializer[Any]):
    """A page of openings."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OpeningOut(many=True)


class RateLineIn(Serializer):
    """A new price."""

    side = serializers.ChoiceField(RateLine.Side.choices)
    unit = serializers.ChoiceField(RateLine.Unit.choices)
    rate = MoneyField(help_text=f"1 to {LARGEST_AMOUNT_MINOR} minor units a unit.")
    effective_from = InstantField()


class RateLineEndIn(Serializer):
    """When a price ends."""

    ends_at = InstantField()


class RateLineOut(serializers.Serializer[Any]):
    """A price with the time it is valid in."""

    id = serializers.UUIDField()
    side = serializers.CharField()
    unit = serializers.CharField()
    rate = MoneyOut()
    effective_from = serializers.DateTimeField()
    effective_until = serializers.DateTimeField(allow_null=True)


#: The columns that the JSON of a project is made of, for lists that need no rows of the model.
PROJECT_COLUMNS = (
    "id",
    "organization_id",
    "organization__name",
    "code",
    "name",
    "summary",
    "state",
    "domain__code",
    "locale",
    "task_kind",
    "quality_bar",
    "budget_minor",
    "currency",
    "starts_at",
    "ends_at",
    "version",
)


def show_project(row: Project, managed: bool) -> dict[str, Any]:
    """Return a project as JSON; money and bar only where ``managed``."""
    return show_project_values(read_columns(row, PROJECT_COLUMNS), managed)


def show_project_values(row: Mapping[str, Any], managed: bool) -> dict[str, Any]:
    """Return the ``PROJECT_COLUMNS`` of a project as JSON; money and bar only where ``managed``."""
    budget = {"amount_minor": row["budget_minor"], "currency": row["currency"]}
    return {
        "id": str(row["id"]),
        "organization": str(row["organization_id"]),
        "organization_name": row["organization__name"],
        "code": row["code"],
        "name": row["name"],
        "summary": row["summary"],
        "state": row["state"],
        "domain": row["domain__code"],
        "locale": row["locale"],
        "task_kind": row["task_kind"],
        "quality_bar": row["quality_bar"] if managed else None,
        "budget": budget if managed else None,
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "version": row["version"],
    }


def show_opening(row: Opening) -> dict[str, Any]:
    """Return an opening as JSON."""
    requirements = [
        {
            "kind": each.kind,
            "is_hard": each.is_hard,
            "weight": each.weight,
            "node": each.node.code if each.node else None,
            "level": each.level,
            "locale": each.locale,
            "modality": each.modality,
            "language_level": each.language_level,
            "distance": each.distance,
            "countries": each.countries,
            "minutes": each.minutes,
            "share": each.share,
            "timezone": each.timezone,
        }
        for each in sorted(row.requirements.all(), key=lambda each: (not each.is_hard, each.id))
    ]
    return {
        "id": str(row.id),
        "project": str(row.project_id),
        "project_name": row.project.name,
        "title": row.title,
        "role": row.role,
        "state": row.state,
        "seats": row.seats,
        "weekly_cap_minutes": row.weekly_cap_minutes,
        "requirements": requirements,
        "version": row.version,
    }


def show_rate_line(row: RateLine) -> dict[str, Any]:
    """Return a price as JSON."""
    return dict(
        RateLineOut(
            {
                "id": row.id,
                "side": row.side,
                "unit": row.unit,
                "rate": {"amount_minor": row.amount_minor, "currency": row.currency},
                "effective_from": row.effective.lower,
                "effective_until": row.effective.upper,
            }
        ).data
    )
