"""Forms of one's own settings."""

from django import forms

from common.forms import LocaleField, PersonNameField, StrictForm, TimezoneField
from marketplace.identity.models import User

THEMES = [(User.Theme.SYSTEM, "As the system"), (User.Theme.LIGHT, "Light"), (User.Theme.DARK, "Dark")]


class PreferencesForm(StrictForm):
    """How the portal names its viewer and shows things."""

    full_name = PersonNameField(label="Name", help_text="In any script.")
    timezone = TimezoneField(label="Time zone", help_text="Every time in the portal is shown in it.")
    locale = LocaleField(label="Language", help_text="A tag such as en or es-BO: how numbers and dates are written.")
    theme = forms.ChoiceField(label="Colors", choices=THEMES, widget=forms.RadioSelect)
