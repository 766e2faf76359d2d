"""Forms of the profile pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from common.currencies import list_currency_codes
from common.forms import CountryField, DayField, LocaleField, PersonNameField, StrictForm, TimezoneField
from common.money import Money
from marketplace.experts.inputs import (
    MINUTES_A_WEEK,
    CredentialInput,
    LanguageInput,
    ProfileInput,
    SkillInput,
    WindowInput,
)
from marketplace.experts.models import Credential, Expert, ExpertLanguage
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.taxonomy.queries import search_nodes

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SKILL_LEVELS = (
    (1, "1 · beginner"),
    (2, "2 · working knowledge"),
    (3, "3 · professional"),
    (4, "4 · expert"),
    (5, "5 · authority"),
)


class ProfileForm(StrictForm):
    """One's own words and facts."""

    legal_name = PersonNameField(
        label="Legal name", help_text="As in your passport, in any script. Never shown to clients."
    )
    preferred_name = PersonNameField(label="Name that clients see")
    headline = forms.CharField(label="What you do, in one line", max_length=200, required=False)
    biography = forms.CharField(
        label="About you", max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    residence_country = CountryField(label="Country you live in")
    tax_country = CountryField(label="Country you pay tax in")
    bank_country = CountryField(label="Country of your bank account")
    timezone = TimezoneField(label="Time zone", help_text="Your hours and your work week are in it.")
    weekly_hours = forms.IntegerField(label="Hours a week you can work", min_value=0, max_value=MINUTES_A_WEEK // 60)
    wish = forms.CharField(
        label="What an hour should earn",
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}),
        help_text="Such as 35.00. It helps to find openings and binds nobody.",
    )
    wish_currency = forms.ChoiceField(
        label="Currency", required=False, choices=lambda: [("", "—"), *((code, code) for code in list_currency_codes())]
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """Put the wish together."""
        cleaned = super().clean()
        amount, currency = cleaned.get("wish", ""), cleaned.get("wish_currency", "")
        if bool(amount) != bool(currency):
            self.add_error("wish", "Write an amount and choose its currency, or neither.")
        elif amount:
            try:
                cleaned["wish"] = Money.from_major(amount, currency)
            except ValueError as error:
                self.add_error("wish", ValidationError(f"{error}.", code="amount"))
        return cleaned


def read_profile(cleaned: dict[str, Any]) -> ProfileInput:
    """Return what the command takes of a valid ``ProfileForm``."""
    facts = {name: value for name, value in cleaned.items() if name not in NOT_STORED}
    wish = cleaned["wish"] or None
    return ProfileInput(
        **facts,
        weekly_capacity_minutes=cleaned["weekly_hours"] * 60,
        wish_minor_per_hour=wish.amount_minor if wish else None,
        wish_currency=wish.currency if wish else "",
    )


NOT_STORED = frozenset({"weekly_hours", "wish", "wish_currency", "version"})


def stored_profile(row: Expert) -> dict[str, Any]:
    """Return the initial values of a ``ProfileForm``."""
    names = set(ProfileForm.base_fields) - NOT_STORED
    wish = None if row.wish_minor_per_hour is None else Money(row.wish_minor_per_hour, row.wish_currency)
    return {
        **{name: getattr(row, name) for name in names},
        "weekly_hours": row.weekly_capacity_minutes // 60,
        "wish": str(wish.to_major()) if wish else "",
        "wish_currency": row.wish_currency,
        "version": row.version,
    }


class PartForm(StrictForm):
    """One more row of a list of the profile."""

    def read(self) -> Any:
        """Return what the command takes."""
        raise NotImplementedError


class LanguageForm(PartForm):
    """One more language."""

    locale = LocaleField(label="Language", help_text="A tag such as es-BO (Spanish as in Bolivia) or de.")
    modality = forms.ChoiceField(label="In which you", choices=ExpertLanguage.Modality.choices)
    level = forms.ChoiceField(label="Level", choices=ExpertLanguage.Level.choices, initial="C1")

    def read(self) -> LanguageInput:
        """Return what the command takes."""
        return LanguageInput(**self.cleaned_data)


class NodeField(forms.ChoiceField):
    """An entry of the catalogue by kind and code."""

    def __init__(self, *kinds: str, **kwargs: Any) -> None:
        super().__init__(choices=lambda: _list_choices(kinds), **kwargs)


def _list_choices(kinds: tuple[str, ...]) -> list[Any]:
    rows = search_nodes().filter(kind__in=kinds).order_by("kind", "code", "id")
    groups: dict[str, list[tuple[str, str]]] = {TaxonomyNode.Kind(kind).label: [] for kind in kinds}
    for row in rows:
        groups[row.get_kind_display()].append((f"{row.kind}:{row.code}", f"{row.name} · {row.code}"))
    return [("", "Choose"), *groups.items()]


class SkillForm(PartForm):
    """One more domain or skill."""

    node = NodeField("DOMAIN", "SKILL", label="Domain or skill")
    level = forms.TypedChoiceField(label="Level", choices=SKILL_LEVELS, coerce=int, initial=3)
    evidence = forms.CharField(
        label="What shows it",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Years, works, results. Seen by those who verify, not by clients.",
    )

    def read(self) -> SkillInput:
        """Return what the command takes."""
        kind, code = self.cleaned_data["node"].split(":", 1)
        return SkillInput(
            kind=kind, code=code, level=self.cleaned_data["level"], evidence=self.cleaned_data["evidence"]
        )


class CredentialForm(PartForm):
    """One more credential."""

    code = NodeField("CREDENTIAL", label="Kind")
    issuer = forms.CharField(label="Issued by", max_length=200)
    country = CountryField(label="Country")
    valid_from = DayField(label="Valid from")
    valid_until = DayField(label="Valid until", required=False, help_text="Empty if it never ends.")
    reference = forms.CharField(label="Number", max_length=100, required=False)
    evidence = forms.CharField(
        label="Where it can be checked", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def read(self) -> CredentialInput:
        """Return what the command takes."""
        facts = dict(self.cleaned_data)
        code = facts.pop("code").split(":", 1)[1]
        return CredentialInput(code=code, **facts)


class WindowForm(PartForm):
    """One more weekly window."""

    weekday = forms.TypedChoiceField(label="Day", choices=list(enumerate(WEEKDAYS)), coerce=int)
    start = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(
        label="Until", widget=forms.TimeInput(attrs={"type": "time"}), help_text="00:00 is the end of the day."
    )

    def read(self) -> WindowInput:
        """Return what the command takes."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return WindowInput(
            weekday=self.cleaned_data["weekday"],
            start_minute=start.hour * 60 + start.minute,
            end_minute=end.hour * 60 + end.minute or 24 * 60,
        )


class VerificationForm(StrictForm):
    """What became of a credential."""

    to = forms.ChoiceField(
        label="Decision",
        choices=[(Credential.State.VERIFIED, "It is genuine and valid"), (Credential.State.REFUSED, "It is refused")],
        widget=forms.RadioSelect,
    )
    method = forms.CharField(
        label="How it was checked", max_length=100, help_text="Such as: number found in the public register."
    )
    reason_text = forms.CharField(
        label="Words to the expert",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed for a refusal.",
    )
