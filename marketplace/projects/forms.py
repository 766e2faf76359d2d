"""Forms of projects, guidelines, openings, rules and prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from common.currencies import get_currency
from common.forms import AwareDateTimeField, CountryField, LocaleField, StrictForm, TimezoneField
from common.money import Money
from marketplace.identity.models import Organization
from marketplace.projects.models import Opening, Project, RateLine, Requirement
from marketplace.projects.rules import LANGUAGE_LEVELS, LARGEST_DISTANCE, MODALITIES, ProjectInput, RequirementInput
from marketplace.taxonomy.models import TaxonomyNode

CURRENCIES = ("USD", "EUR", "GBP", "BRL", "INR", "NGN", "KES", "ZAR", "PHP", "JPY", "CHF", "BOB", "MXN", "COP")
KINDS = {
    "DOMAIN": "A field, from a level on",
    "SKILL": "A skill, from a level on",
    "LANGUAGE": "A language",
    "CREDENTIAL": "A valid credential",
    "COUNTRY": "Lives in one of these countries",
    "CAPACITY": "Hours a week free",
    "TIMEZONE": "Hours a week within a zone’s working hours",
    "QUALITY": "Quality in the project’s scope",
    "RATE": "The wish fits the hourly pay",
}
EMPTY = [("", "Not needed")]


class ProjectForm(StrictForm):
    """A project's words and terms; the quality bar in points of 100."""

    name = forms.CharField(label="Name", max_length=200)
    code = forms.SlugField(label="Short name", max_length=60, help_text="Lower-case letters, digits and hyphens.")
    summary = forms.CharField(
        label="What it is about", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )
    domain = forms.ChoiceField(label="Field")
    locale = LocaleField(label="Language variety", help_text="A tag such as de-DE or es-BO.")
    task_kind = forms.ChoiceField(label="Kind of task", choices=Project.TaskKind.choices)
    quality_bar = forms.FloatField(
        label="Quality bar", required=False, min_value=0, max_value=100, help_text="Points of 100."
    )
    currency = forms.ChoiceField(label="Currency", choices=[(code, code) for code in CURRENCIES])
    budget = forms.CharField(
        label="Budget", max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"})
    )
    starts_at = AwareDateTimeField(label="Starts")
    ends_at = AwareDateTimeField(label="Ends", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["domain"], node_choices(TaxonomyNode.Kind.DOMAIN))

    def clean(self) -> dict[str, Any]:
        """Read the budget in the chosen currency."""
        cleaned = super().clean()
        if cleaned.get("currency") and cleaned.get("budget"):
            try:
                cleaned["budget"] = Money.from_major(cleaned["budget"], cleaned["currency"])
            except ValueError as error:
                self.add_error("budget", str(error))
        return cleaned


class NewProjectForm(ProjectForm):
    """A project with the organization it belongs to."""

    organization_id = forms.ChoiceField(label="Organization")
    field_order = ("organization_id",)

    def __init__(self, *args: Any, organizations: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["organization_id"], [(str(row.id), row.name) for row in organizations])


def to_project_input(fields: dict[str, Any]) -> ProjectInput:
    """Return the cleaned fields of a ``ProjectForm`` as the command takes them."""
    words = {name: fields[name] for name in ("name", "code", "summary", "domain", "locale", "task_kind", "currency")}
    bar = fields["quality_bar"]
    return ProjectInput(
        **words,
        quality_bar=None if bar is None else bar / 100,
        budget_minor=fields["budget"].amount_minor,
        starts_at=fields["starts_at"],
        ends_at=fields["ends_at"],
    )


class GuidelinesForm(StrictForm):
    """A version of the guidelines. Lists are written one to a line."""

    goals = forms.CharField(label="Goals", widget=forms.Textarea(attrs={"rows": 4}), help_text="What the work is for.")
    principles = forms.CharField(
        label="Principles", widget=forms.Textarea(attrs={"rows": 5}), help_text="How to decide where no rule helps."
    )
    details = forms.CharField(label="Details", required=False, widget=forms.Textarea(attrs={"rows": 6}))
    error_categories = forms.CharField(
        label="Kinds of errors", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="One to a line."
    )
    criteria = forms.CharField(
        label="Criteria that work is judged by",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One to a line.",
    )

    def clean(self) -> dict[str, Any]:
        """Split the lists."""
        cleaned = super().clean()
        for name in ("error_categories", "criteria"):
            cleaned[name] = [line.strip() for line in str(cleaned.get(name, "")).splitlines() if line.strip()]
        return cleaned


class OpeningForm(StrictForm):
    """A role that is wanted."""

    title = forms.CharField(label="Title", max_length=200)
    role = forms.ChoiceField(label="Role", choices=Opening.Role.choices)
    seats = forms.IntegerField(label="Seats", min_value=1, max_value=100_000)
    weekly_hours = forms.DecimalField(label="Hours a week at most, each", min_value=1, max_value=168, decimal_places=2)


class RateLineForm(StrictForm):
    """A price; its currency is the project's."""

    unit = forms.ChoiceField(label="For each", choices=RateLine.Unit.choices)
    rate = forms.CharField(label="Price", max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    effective_from = AwareDateTimeField(label="In force from")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = get_currency(currency).code
        self.fields["rate"].label = f"Price in {self.currency}"

    def clean_rate(self) -> Money:
        """Return the price as money."""
        try:
            return Money.from_major(self.cleaned_data["rate"], self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class EndRateLineForm(StrictForm):
    """When a price ends."""

    ends_at = AwareDateTimeField(label="Ends")


class RequirementForm(StrictForm):
    """One rule of an opening; which fields count depends on its kind."""

    kind = forms.ChoiceField(label="Rule", choices=list(KINDS.items()))
    is_hard = forms.ChoiceField(
        label="If it fails", choices=[("yes", "Nobody who fails it is eligible"), ("no", "It only lowers the rank")]
    )
    weight = forms.IntegerField(label="Weight in the rank", min_value=1, max_value=100, initial=1)
    node = forms.ChoiceField(label="Field, skill or credential", required=False)
    level = forms.TypedChoiceField(
        label="Level, 1 to 5", choices=[*EMPTY, *((n, str(n)) for n in range(1, 6))], coerce=int, required=False
    )
    locale = LocaleField(label="Language variety", required=False)
    modality = forms.ChoiceField(
        label="Used for", choices=[*EMPTY, *((code, code.title()) for code in MODALITIES)], required=False
    )
    language_level = forms.ChoiceField(
        label="Level of the language", choices=[*EMPTY, *((code, code) for code in LANGUAGE_LEVELS)], required=False
    )
    distance = forms.IntegerField(
        label="Largest distance of a near variety",
        min_value=0,
        max_value=LARGEST_DISTANCE,
        initial=0,
        required=False,
        help_text="0 = this variety alone; about 4 = a near dialect.",
    )
    country = CountryField(label="Country", required=False)
    hours = forms.DecimalField(label="Hours a week", min_value=1, max_value=168, decimal_places=2, required=False)
    points = forms.FloatField(label="Quality, points of 100", min_value=0, max_value=100, required=False)
    timezone = TimezoneField(label="Zone of the working hours", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [TaxonomyNode.Kind.DOMAIN, TaxonomyNode.Kind.SKILL, TaxonomyNode.Kind.CREDENTIAL]
        choose(self.fields["node"], [*EMPTY, *((kind.label, node_choices(kind)) for kind in kinds)])

    def to_input(self) -> RequirementInput:
        """Return the cleaned fields as the command takes them."""
        given = self.cleaned_data
        return RequirementInput(
            kind=given["kind"],
            is_hard=given["is_hard"] == "yes",
            weight=given["weight"],
            node=given["node"],
            level=given["level"] or None,
            locale=given["locale"],
            modality=given["modality"],
            language_level=given["language_level"],
            distance=given["distance"] or 0,
            countries=[given["country"]] if given["country"] else [],
            minutes=None if given["hours"] is None else round(60 * given["hours"]),
            share=None if given["points"] is None else given["points"] / 100,
            timezone=given["timezone"],
        )


def input_of(row: Requirement) -> RequirementInput:
    """Return a stored rule as the command takes it."""
    return RequirementInput(
        kind=row.kind,
        is_hard=row.is_hard,
        weight=row.weight,
        node=row.node.code if row.node else "",
        level=row.level,
        locale=row.locale,
        modality=row.modality,
        language_level=row.language_level,
        distance=row.distance,
        countries=row.countries,
        minutes=row.minutes,
        share=row.share,
        timezone=row.timezone,
    )


def node_choices(kind: str) -> list[tuple[str, str]]:
    """Return the catalogue's active nodes of a kind, by code, with their names."""
    rows = TaxonomyNode.objects.filter(kind=kind, is_active=True).order_by("code", "id")
    return [(code, f"{name} ({code})") for code, name in rows.values_list("code", "name")]


def choose(field: forms.Field, choices: Iterable[Any]) -> None:
    """Set the choices of a choice field."""
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{field!r} offers no choice")
    field.choices = list(choices)


class MoveForm(StrictForm):
    """A new state of a project or opening."""

    to = forms.CharField(max_length=12)
