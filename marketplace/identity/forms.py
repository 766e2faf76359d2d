"""Forms of organizations, their members and keys, and of signing up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest

from common.forms import CountryField, MusterForm, PersonNameField, StrictForm, TimezoneField
from marketplace.identity.commands.keys import LONGEST_OVERLAP_HOURS
from marketplace.identity.models import Membership, PlatformGrant, User
from marketplace.identity.rules import ROLE_GRANTS

KEY_LIVES = ((30, "30 days"), (90, "90 days"), (365, "one year"), (730, "two years"))


class OrganizationForm(StrictForm):
    """What an organization says of itself."""

    name = PersonNameField(label="Name")
    country = CountryField(label="Country")
    timezone = TimezoneField(label="Time zone", help_text="Deadlines of its projects are shown in it beside your own.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class MemberForm(StrictForm):
    """A role for a person."""

    email = forms.EmailField(label="E-mail address", max_length=254, help_text="Of an account that is here already.")
    role = forms.ChoiceField(
        label="Role",
        choices=[choice for choice in Membership.Role.choices if choice[0] != Membership.Role.SERVICE],
        initial=Membership.Role.REVIEWER,
    )


class ApiKeyForm(StrictForm):
    """A new key."""

    name = PersonNameField(label="Name", help_text="What it is for, such as: nightly import.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(code, code) for code in sorted(ROLE_GRANTS["SERVICE"])],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label="It ends after", choices=KEY_LIVES, coerce=int, initial=90)

    def life(self) -> timedelta:
        """Return how long the key lives."""
        return timedelta(days=self.cleaned_data["days"])


class RotationForm(StrictForm):
    """How long the old secret works beside the new one."""

    overlap_hours = forms.IntegerField(min_value=0, max_value=LONGEST_OVERLAP_HOURS, widget=forms.HiddenInput)


class CloseAccountForm(StrictForm):
    """Why an account is closed."""

    reason_text = forms.CharField(label="Reason", max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))


class PlatformRoleForm(StrictForm):
    """A platform role for somebody else."""

    role = forms.ChoiceField(label="Role", choices=PlatformGrant.Role.choices)


class SignUpForm(MusterForm):
    """What a new person tells beside e-mail address and password."""

    full_name = PersonNameField(label="Your name", help_text="In any script.")
    timezone = TimezoneField(label="Your time zone", initial="UTC")
    field_order = ("full_name", "email", "password1", "password2", "timezone")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep name and zone on the new account; called by allauth once it is saved."""
        cleaned: dict[str, Any] = self.cleaned_data
        user.full_name, user.timezone = cleaned["full_name"], cleaned["timezone"]
        user.save(update_fields=["full_name", "timezone"])
