"""Forms of time: an entry by hand, a cut."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from common.forms import AwareDateTimeField, DayField, HoursField, MusterForm, StrictForm
from marketplace.staffing.models import Engagement
from marketplace.timesheets.models import TimeDecision


class WeekForm(MusterForm):
    """Which week of which engagement is shown."""

    engagement = forms.UUIDField(required=False)
    week = DayField(required=False)


class EntryForm(StrictForm):
    """An entry by hand, by the clock on the wall of the engagement's zone."""

    starts_at = AwareDateTimeField(label="From")
    ends_at = AwareDateTimeField(label="Until")
    reason = forms.CharField(
        label="Why the timer did not track it", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = ZoneInfo(engagement.timezone)
        for name in ("starts_at", "ends_at"):
            self.fields[name] = AwareDateTimeField(label=self.fields[name].label, zone=zone)


class CutForm(StrictForm):
    """How much of an entry counts, and why not all of it; the expert reads both."""

    approved_seconds = HoursField(label="Time that counts", help_text="Hours:minutes, such as 1:30; 0:00 for none.")
    reason_code = forms.ChoiceField(label="Reason", choices=TimeDecision.ReasonCode.choices)
    reason_text = forms.CharField(label="In your words; the expert reads it", widget=forms.Textarea(attrs={"rows": 3}))


class ApproveForm(StrictForm):
    """Entries to approve in full; the list's check boxes are ``entry_ids``."""

    extra_names = ("entry_ids",)
