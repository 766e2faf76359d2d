"""Forms of one's own settings and of the first step into a role."""

from typing import Any

from django import forms

from common.forms import CountryField, LocaleField, PersonNameField, StrictForm, TimezoneField
from marketplace.identity.models import User
from payouts.facade import list_countries, list_currencies

THEMES = [(User.Theme.SYSTEM, "As the system"), (User.Theme.LIGHT, "Light"), (User.Theme.DARK, "Dark")]


class PreferencesForm(StrictForm):
    """How the portal names its viewer and shows things."""

    full_name = PersonNameField(label="Name", help_text="In any script.")
    timezone = TimezoneField(label="Time zone", help_text="Every time in the portal is shown in it.")
    locale = LocaleField(label="Language", help_text="A tag such as en or es-BO: how numbers and dates are written.")
    theme = forms.ChoiceField(label="Colors", choices=THEMES, widget=forms.RadioSelect)


class ExpertForm(StrictForm):
    """The first facts of an expert's profile. The three countries are asked apart: none follows from another."""

    legal_name = PersonNameField(label="Legal name", help_text="As on your papers; seen by those who pay you alone.")
    preferred_name = PersonNameField(label="Name you go by")
    headline = forms.CharField(
        label="What you do, in one line", max_length=200, required=False, help_text="Tax lawyer, Spanish and Aymara"
    )
    residence_country = CountryField(label="You live in")
    tax_country = CountryField(label="You pay tax in")
    bank_country = CountryField(label="Your bank is in")
    timezone = TimezoneField(label="Time zone")
    weekly_hours = forms.IntegerField(
        label="Hours a week you can work at most",
        min_value=1,
        max_value=168,
        help_text="You can change it at any time.",
    )


class PayoutMethodForm(StrictForm):
    """Who is paid, and where. Country and currency stand once the provider has opened an account (``is_open``)."""

    legal_name = PersonNameField(label="Legal name", help_text="As your bank has it.")
    country = CountryField(label="Your bank is in")
    currency = forms.ChoiceField(label="Currency", choices=lambda: [("", "Choose a currency"), *_payable_currencies()])

    def __init__(self, *args: Any, is_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("country", "currency"):
            self.fields[name].disabled = is_open


def _payable_currencies() -> list[tuple[str, str]]:
    codes = {currency for country in list_countries() for currency in list_currencies(country)}
    return [(code, code) for code in sorted(codes)]


class OrganizationForm(StrictForm):
    """A client organization."""

    name = PersonNameField(label="Name of the organization")
    slug = forms.SlugField(
        label="Short name", max_length=60, help_text="Lower-case letters, digits and hyphens; it stands in addresses."
    )
    country = CountryField(label="Country")
    timezone = TimezoneField(label="Time zone", help_text="Weeks and deadlines of its projects follow it.")
