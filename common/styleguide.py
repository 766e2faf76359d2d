"""The living page of every block, in made-up figures: what a block looks like and what it is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.charts import band_chart, earnings_chart
from common.errors import NotFound
from common.forms import (
    AwareDateTimeField,
    CountryField,
    LocaleField,
    MoneyField,
    PersonNameField,
    StrictForm,
    TimezoneField,
)
from common.money import Money
from common.permissions import has_grant

WEEKS = ["31 Aug", "7 Sep", "14 Sep", "21 Sep", "28 Sep", "5 Oct"]


class SampleForm(StrictForm):
    """One field of each kind."""

    name = PersonNameField(label="Name", help_text="As it stands in the passport.")
    pay = MoneyField(label="Pay an hour", currency="USD", least_minor=100)
    begins = AwareDateTimeField(label="Begins")
    country = CountryField(label="Country")
    zone = TimezoneField(label="Time zone")
    language = LocaleField(label="Language", required=False, help_text="A tag such as es-BO.")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    decision = forms.ChoiceField(
        label="Decision", choices=[("ACCEPT", "Accept"), ("RETURN", "Return")], widget=forms.RadioSelect
    )
    seen = forms.BooleanField(label="I have looked at the difference", required=False)


@login_required
def show_styleguide(request: HttpRequest) -> HttpResponse:
    """Show every block; in production to operators alone.

    Raises:
        NotFound: for anyone else, as if there were no such page.
    """
    if not settings.DEBUG and not has_grant(request.user, "operate"):
        raise NotFound
    wrong = {
        "name": "Ada\u202e",
        "pay": "1.234",
        "begins": "2026-13-01T00:00",
        "zone": "America/La_Paz",
        "decision": "ACCEPT",
    }
    context = {"form": SampleForm(auto_id="good_%s"), "wrong": SampleForm(wrong, auto_id="wrong_%s"), **_samples()}
    return render(request, "styleguide.html", context)


def _samples() -> dict[str, Any]:
    return {
        "moment": datetime(2026, 11, 12, 19, 42, 6, tzinfo=UTC),
        "amount": Money(14700, "USD"),
        "difference": Money(-39167650, "INR"),
        "rules": _rules(),
        "steps": _steps(),
        "heat": _heat(),
        "earnings": _earnings(),
        "quality": _quality(),
        "page": Paginator(range(60), 25).page(2),
        "phases": ["Calculated", "Approved", "Reserved", "Funded", "Executing", "Completed"],
    }


def _rules() -> list[SimpleNamespace]:
    assessed = {"text": "Spanish, variety es-BO, assessed 94", "evidence": "(90–97) on 3 Sep"}
    missing = {"text": "Commercial law, assessed at 75 or more", "evidence": "nobody has assessed it yet"}
    way = {"fix": "Take the assessment: about 40 minutes, paid.", "fix_url": "#rules", "fix_label": "Take it"}
    return [
        SimpleNamespace(tone="done", word="Passed", **assessed),
        SimpleNamespace(tone="stop", word="Failed", **missing, **way),
        SimpleNamespace(tone="stop", word="Failed", text="Variety es-ES", evidence="yours is es-BO, distance 3"),
        SimpleNamespace(tone="", word="Waiting", text="Seats are full", fix="You are 3rd of 11."),
    ]


def _steps() -> list[dict[str, Any]]:
    worked = datetime(2026, 11, 4, 13, 2, tzinfo=UTC)
    return [
        {"title": "Time events, 47 of them", "when": worked, "text": "1 start, 1 pause, 1 stop."},
        {"title": "Approved in full", "when": worked + timedelta(days=1), "who": "Renata Oliveira"},
        {"title": "Bank", "status": "now", "when": "Sent Wed 11 Nov · expected Fri 13 Nov"},
        {"title": "Paid", "status": "todo", "when": "When the bank confirms."},
    ]


def _cell(value: float, low: float, high: float, chance: float, inherited: bool = False) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "chance_above": chance, "inherited": inherited}


def _heat() -> dict[str, Any]:
    rows = [
        {"name": "Lucía Mamani", "cells": [_cell(91, 86, 95, 0.99), _cell(84, 66, 95, 0.6, inherited=True), None]},
        {"name": "Tomás Ferreyra", "cells": [None, _cell(76, 72, 80, 0.04), _cell(86, 78, 92, 0.8)]},
        {"name": "Naledi Dube", "cells": [_cell(78, 66, 87, 0.3), None, _cell(89, 84, 93, 0.97)]},
    ]
    columns = ["Tax law es-BO", "Code review es-AR", "Radiology en-ZA"]
    return {"label": "Quality by person and scope", "columns": columns, "rows": rows, "bar": 80}


def _earnings() -> Any:
    amounts = {
        "paid": [69300, 100800, 113400, 0, 0, 0],
        "in_cycle": [0, 0, 0, 109200, 0, 0],
        "approved": [0, 0, 0, 0, 88200, 23100],
        "pending": [0, 0, 0, 0, 0, 43750],
    }
    return earnings_chart(
        id="sample-earnings", label="Earnings by week of work", currency="USD", labels=WEEKS, amounts_minor=amounts
    )


def _quality() -> Any:
    score, low, high = [84, 83, 86, 88, 90, 91], [68, 69, 74, 79, 83, 86], [96, 94, 95, 95, 95, 95]
    return band_chart(
        id="sample-quality", label="Quality by week", labels=WEEKS, score=score, low=low, high=high, bar=80, minimum=60
    )
