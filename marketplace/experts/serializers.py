"""The JSON of profiles: what comes in, what goes out."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from common.api import (
    CodeField,
    CountryField,
    DayField,
    LocaleField,
    MoneyField,
    NameField,
    Serializer,
    StrictIntegerField,
    TextField,
    TimezoneField,
)
from common.money import Money
from marketplace.experts.inputs import LONGEST_LOCALE, MINUTES_A_WEEK, MOST_ROWS, ProfileInput
from marketplace.experts.models import Credential, Expert, ExpertLanguage
from marketplace.experts.rules import LARGEST_LEVEL
from marketplace.taxonomy.models import TaxonomyNode
from payouts.facade import list_currencies

SKILL_KINDS = [choice for choice in TaxonomyNode.Kind.choices if choice[0] != TaxonomyNode.Kind.CREDENTIAL]


class ProfileIn(Serializer):
    """An expert's own words and facts; ``wish`` is what an hour should earn."""

    legal_name = NameField()
    preferred_name = NameField()
    headline = TextField(required=False, allow_blank=True, default="", max_length=200)
    biography = TextField(required=False, allow_blank=True, default="")
    residence_country = CountryField()
    tax_country = CountryField()
    bank_country = CountryField()
    timezone = TimezoneField()
    weekly_capacity_minutes = StrictIntegerField(min_value=0, max_value=MINUTES_A_WEEK)
    wish = MoneyField(required=False, allow_null=True, default=None)


class LanguageIn(Serializer):
    """One language in one modality."""

    locale = LocaleField(max_length=LONGEST_LOCALE)
    modality = serializers.ChoiceField(ExpertLanguage.Modality.choices)
    level = serializers.ChoiceField(ExpertLanguage.Level.choices)


class LanguagesIn(Serializer):
    """All of one's languages."""

    languages = serializers.ListField(child=LanguageIn(), max_length=MOST_ROWS)


class SkillIn(Serializer):
    """One domain or skill."""

    kind = serializers.ChoiceField(SKILL_KINDS)
    code = CodeField(max_length=120)
    level = StrictIntegerField(min_value=1, max_value=LARGEST_LEVEL)
    evidence = TextField(required=False, allow_blank=True, default="", max_length=4000)


class SkillsIn(Serializer):
    """All of one's domains and skills."""

    skills = serializers.ListField(child=SkillIn(), max_length=MOST_ROWS)


class WindowIn(Serializer):
    """Minutes of a weekday (Monday = 0) in one's own zone, half-open."""

    weekday = StrictIntegerField(min_value=0, max_value=6)
    start_minute = StrictIntegerField(min_value=0, max_value=1439)
    end_minute = StrictIntegerField(min_value=1, max_value=1440)


class AvailabilityIn(Serializer):
    """One's whole weekly pattern."""

    windows = serializers.ListField(child=WindowIn(), max_length=MOST_ROWS)


class CredentialIn(Serializer):
    """One licence, degree or certificate."""

    code = CodeField(max_length=120)
    issuer = NameField()
    country = CountryField()
    valid_from = DayField()
    valid_until = DayField(required=False, allow_null=True, default=None)
    reference = TextField(required=False, allow_blank=True, default="", max_length=100)
    evidence = TextField(required=False, allow_blank=True, default="", max_length=4000)


class ExpertStateIn(Serializer):
    """Where the profile goes."""

    state = serializers.ChoiceField([choice for choice in Expert.State.choices if choice[0] != "DRAFT"])


class VerificationIn(Serializer):
    """What became of a credential, and how it was checked."""

    state = serializers.ChoiceField([choice for choice in Credential.State.choices if choice[0] != "CLAIMED"])
    method = TextField(max_length=100)
    reason_text = TextField(required=False, allow_blank=True, default="", max_length=4000)


class SkillAssessmentIn(Serializer):
    """An assessed level of a domain or skill."""

    kind = serializers.ChoiceField(SKILL_KINDS)
    code = CodeField(max_length=120)
    level = StrictIntegerField(min_value=1, max_value=LARGEST_LEVEL)


class LanguageAssessmentIn(LanguageIn):
    """An assessed level of a language."""


class CredentialFilter(Serializer):
    """Narrows the list of credentials."""

    state = serializers.ChoiceField(Credential.State.choices, required=False)


class LanguageOut(serializers.Serializer[Any]):
    """A language as claimed, and as assessed where it was."""

    locale = serializers.CharField()
    modality = serializers.CharField()
    claimed_level = serializers.CharField()
    assessed_level = serializers.CharField(allow_blank=True)
    assessed_at = serializers.DateTimeField(allow_null=True)


class SkillOut(serializers.Serializer[Any]):
    """A domain or skill as claimed, and as assessed where it was."""

    kind = serializers.CharField(source="node.kind")
    code = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    claimed_level = serializers.IntegerField()
    assessed_level = serializers.IntegerField(allow_null=True)
    assessed_at = serializers.DateTimeField(allow_null=True)


class OwnSkillOut(SkillOut):
    """The same with the evidence that the expert gave."""

    evidence = serializers.CharField()


class CredentialOut(serializers.Serializer[Any]):
    """A credential with its verification."""

    id = serializers.UUIDField()
    code = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    state = serializers.ChoiceField(Credential.State.choices)
    issuer = serializers.CharField()
    country = serializers.CharField()
    reference = serializers.CharField()
    evidence = serializers.CharField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    verification_method = serializers.CharField()


class QueuedCredentialOut(CredentialOut):
    """A credential with whose it is."""

    expert = serializers.UUIDField(source="expert_id")
    expert_name = serializers.CharField(source="expert.legal_name")


class CredentialPage(serializers.Serializer[Any]):
    """A page of credentials."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = QueuedCredentialOut(many=True)


class CardCredentialOut(serializers.Serializer[Any]):
    """A verified credential as everybody reads it."""

    code = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    country = serializers.CharField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)


class WindowOut(serializers.Serializer[Any]):
    """A weekly window in the expert's zone."""

    weekday = serializers.IntegerField()
    start_minute = serializers.IntegerField()
    end_minute = serializers.IntegerField()


class CardOut(serializers.Serializer[Any]):
    """What others may know of an expert: no legal name, address, tax or bank fact, no evidence."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(Expert.State.choices)
    preferred_name = serializers.CharField()
    headline = serializers.CharField()
    residence_country = serializers.CharField()
    timezone = serializers.CharField()
    weekly_capacity_minutes = serializers.IntegerField()
    languages = LanguageOut(many=True)
    skills = SkillOut(many=True)
    credentials = CardCredentialOut(many=True)
    availability = WindowOut(many=True)


class ProfileOut(CardOut):
    """A whole profile; ``payable_currencies`` are those in which a bank of ``bank_country`` can be paid now."""

    user = serializers.UUIDField()
    legal_name = serializers.CharField()
    biography = serializers.CharField()
    tax_country = serializers.CharField()
    bank_country = serializers.CharField()
    payable_currencies = serializers.ListField(child=serializers.CharField())
    wish = MoneyField(allow_null=True)
    skills = OwnSkillOut(many=True)
    credentials = CredentialOut(many=True)  # type: ignore[assignment]  # all of them, with their evidence
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


def read_profile(body: dict[str, Any]) -> ProfileInput:
    """Return what the command takes from a parsed ``ProfileIn``."""
    wish: Money | None = body.pop("wish")
    return ProfileInput(
        **body,
        wish_minor_per_hour=wish.amount_minor if wish else None,
        wish_currency=wish.currency if wish else "",
    )


def show_profile(row: Expert) -> dict[str, Any]:
    """Return a whole profile as JSON."""
    wish = None if row.wish_minor_per_hour is None else Money(row.wish_minor_per_hour, row.wish_currency)
    names = ("legal_name", "biography", "tax_country", "bank_country", "created_at", "version")
    facts = {name: getattr(row, name) for name in names}
    parts = {"skills": row.skills.all(), "credentials": row.credentials.all()}
    money = {"wish": wish, "payable_currencies": list_currencies(row.bank_country)}
    return dict(ProfileOut({**_card(row), **facts, **parts, **money, "user": row.user_id}).data)


def show_card(row: Expert, today: date) -> dict[str, Any]:
    """Return the public card as JSON; of the credentials only those that are verified and valid ``today``."""
    return dict(
        CardOut({**_card(row), "credentials": [each for each in row.credentials.all() if each.counts(today)]}).data
    )


def _card(row: Expert) -> dict[str, Any]:
    names = (
        "id",
        "state",
        "preferred_name",
        "headline",
        "residence_country",
        "timezone",
        "weekly_capacity_minutes",
    )
    parts = {"languages": row.languages.all(), "skills": row.skills.all(), "availability": row.availability.all()}
    return {**{name: getattr(row, name) for name in names}, **parts}
