"""Forms answer bad input at the field and change nothing."""

import re
from datetime import UTC, datetime

import pytest
from django import forms
from django.template import engines

from common.forms import (
    AwareDateTimeField,
    CountryField,
    DayField,
    HoursField,
    LocaleField,
    MoneyField,
    PersonNameField,
    StrictForm,
    TimezoneField,
    zone_of_name,
)
from common.money import Money


class PersonForm(StrictForm):
    """A made-up form with one field of every kind."""

    name = PersonNameField(help_text="As in the passport")
    pay = MoneyField(currency="JPY", least_minor=100, most_minor=10_000)
    begins = AwareDateTimeField(zone=zone_of_name("Europe/Berlin"))
    worked = HoursField()
    country = CountryField()
    zone = TimezoneField()
    language = LocaleField()
    since = DayField(required=False)
    about = forms.CharField(required=False, widget=forms.Textarea)


GOOD = {
    "name": "Núria  Pérez",
    "pay": "4200",
    "begins": "2026-11-12T15:40",
    "worked": "5:40",
    "country": "BO",
    "zone": "America/La_Paz",
    "language": "es-bo",
    "about": "First line\nSecond line",
}


def test_good_input_becomes_typed_values() -> None:
    form = PersonForm(GOOD)

    assert form.errors == {}
    assert form.cleaned_data["name"] == "Núria Pérez"
    assert form.cleaned_data["pay"] == Money(4200, "JPY")
    assert form.cleaned_data["begins"] == datetime(2026, 11, 12, 14, 40, tzinfo=UTC)
    assert form.cleaned_data["worked"] == 20_400
    assert form.cleaned_data["language"] == "es-BO"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Ada\u202egnp", "not allowed"),
        ("name", "Ada\x00", "[Nn]ull"),
        ("name", "— —", "letter or a digit"),
        ("name", "x" * 201, "at most 200"),
        ("about", "a\u2066b", "not allowed"),
        ("pay", "42.5", "0 decimals"),
        ("pay", "-4200", "At least ¥100"),
        ("pay", "4200000", "At most ¥10,000"),
        ("pay", "4e3", "not an amount"),
        ("pay", "٤٢٠٠", "not an amount"),
        ("begins", "2026-03-29T02:30", "does not exist in Europe/Berlin"),
        ("begins", "2026-10-25T02:30", "comes twice in Europe/Berlin"),
        ("begins", "yesterday", "Write the time as"),
        ("begins", "9999-12-31T23:59-01:00", "year must be from 2000 to 2199"),
        ("begins", "0001-01-01T00:00", "year must be from 2000 to 2199"),
        ("since", "9999-12-31", "year must be from 1900 to 2199"),
        ("since", "0001-01-01", "year must be from 1900 to 2199"),
        ("worked", "25:00", "A day has 24 hours"),
        ("worked", "5:75", "hours:minutes"),
        ("worked", "-1:00", "hours:minutes"),
        ("country", "XX", "not one of the available choices"),
        ("zone", "UTC+3", "not one of the available choices"),
        ("language", "klingon-XX", "not a language tag"),
    ],
)
def test_bad_input_is_answered_at_its_field_alone(field: str, value: str, words: str) -> None:
    form = PersonForm({**GOOD, field: value})

    assert not form.is_valid()
    assert set(form.errors) == {field}
    assert re.search(words, form.errors[field][0])


def test_an_unknown_field_is_named_and_refused() -> None:
    form = PersonForm({**GOOD, "is_staff": "1", "csrfmiddlewaretoken": "t"})

    assert not form.is_valid()
    assert form.non_field_errors() == ["Unknown field “is_staff”."]


def test_a_time_with_its_own_offset_keeps_its_meaning_even_in_the_repeated_hour() -> None:
    form = PersonForm({**GOOD, "begins": "2026-10-25T02:30:00+01:00"})

    assert form.is_valid()
    assert form.cleaned_data["begins"] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_page_ties_hint_and_errors_to_the_control() -> None:
    shown = (
        engines["django"]
        .from_string("{% load muster %}{% form_fields form %}")
        .render({"form": PersonForm({**GOOD, "name": ""})})
    )

    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert '<ul class="errors at" id="id_name_error">' in shown
    assert '<p class="hint" id="id_name_helptext">As in the passport</p>' in shown
    assert '<a href="#id_name">Name</a>: This field is required.' in shown
    assert "data-error-summary" in shown


def test_a_form_without_errors_shows_no_summary() -> None:
    shown = engines["django"].from_string("{% load muster %}{% form_fields form %}").render({"form": PersonForm()})

    assert "data-error-summary" not in shown
    assert 'name="name"' in shown
