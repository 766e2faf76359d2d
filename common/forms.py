"""The form kit: fields that answer bad input with one clear sentence, forms that refuse unknown fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from common import codes
from common.clock import FIRST_INSTANT_YEAR, FIRST_YEAR, LAST_YEAR
from common.currencies import get_currency
from common.money import Money
from common.text import clean_name, clean_text

NOT_FIELDS = frozenset({"csrfmiddlewaretoken", "next"})
"""Parameters that a page's own mechanics send beside the form."""


class MusterForm(forms.Form):
    """A form in the portal's look: pages show it with ``{% form_fields form %}``; hidden characters are refused."""

    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # private, but the only place that sees every cleaned text
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and name in self.fields:
                self._refuse_hidden_characters(name, value)

    def _refuse_hidden_characters(self, name: str, value: str) -> None:
        multiline = isinstance(self.fields[name].widget, forms.Textarea)
        try:
            self.cleaned_data[name] = clean_text(value, multiline=multiline)
        except ValueError as error:
            self.add_error(name, ValidationError(_sentence(error), code="characters"))


class StrictForm(MusterForm):
    """A form that refuses fields it does not know: a misspelt or smuggled field is an error, never silence."""

    #: Names that the page sends for other purposes, for example of the button pressed.
    extra_names: Sequence[str] = ()

    def clean(self) -> dict[str, Any]:
        """Refuse unknown fields, naming each."""
        cleaned = super().clean() or self.cleaned_data
        known = {self.add_prefix(name) for name in self.fields} | NOT_FIELDS | set(self.extra_names)
        sent = set(self.data) | set(self.files)
        unknown = sorted(name for name in sent if name not in known and not self._is_part_of_known(name, known))
        if unknown:
            raise ValidationError([ValidationError(f"Unknown field “{name}”.", code="unknown") for name in unknown])
        return cleaned

    def _is_part_of_known(self, name: str, known: set[str]) -> bool:
        base, _, part = name.rpartition("_")  # fields of several controls send name_0, name_1
        multiple = (
            base in known and isinstance(self.fields[base].widget, forms.MultiWidget) if base in self.fields else False
        )
        return multiple and part.isdigit()


class PersonNameField(forms.CharField):
    """A person's name in any script: one line, composed, without control, bidi or invisible characters."""

    def __init__(self, *, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the name in NFC."""
        text = super().clean(value)
        return clean_person_name(text) if text else text


def clean_person_name(value: str) -> str:
    """Return a person's name as it is stored.

    Raises:
        ValidationError: a hidden or control character, or nothing to read.
    """
    try:
        return clean_name(value)
    except ValueError as error:
        raise ValidationError(_sentence(error), code="characters") from error


class MoneyField(forms.CharField):
    """An amount in major units of one ``currency``; cleans to ``Money``.

    Refuses more decimals than the currency has, amounts below ``least_minor`` and above ``most_minor``.
    """

    def __init__(self, *, currency: str, least_minor: int = 0, most_minor: int = 10**11, **kwargs: Any) -> None:
        self.currency, self.least_minor, self.most_minor = (get_currency(currency).code, least_minor, most_minor)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "dir": "ltr"})
        super().__init__(**{"widget": widget, "max_length": 24, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show stored money as its amount alone."""
        return str(value.to_major()) if isinstance(value, Money) else value

    def clean(self, value: Any) -> Money | None:
        """Return the money, or None for an empty optional field."""
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            money = Money.from_major(text, self.currency)
        except ValueError as error:
            raise ValidationError(_sentence(error), code="amount") from error
        for limit, wrong, word in (
            (self.least_minor, money.amount_minor < self.least_minor, "least"),
            (self.most_minor, money.amount_minor > self.most_minor, "most"),
        ):
            if wrong:
                raise ValidationError(f"At {word} {Money(limit, self.currency).format()}.", code=word)
        return money


def resolve_local(naive: datetime, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, of a wall-clock time in ``zone``.

    Raises:
        ValidationError: the clocks skip that time, or show it twice.
    """
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        shown = naive.strftime("%d %b %Y, %H:%M")
        if _exists(first):
            raise ValidationError(
                f"{shown} comes twice in {zone}: the clocks go back. Choose another time.", code="ambiguous"
            )
        raise ValidationError(f"{shown} does not exist in {zone}: the clocks skip it.", code="nonexistent")
    return first.astimezone(UTC)


def _exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


class DayField(forms.DateField):
    """A calendar day, chosen in the browser's own picker; from 1900 to 2199."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs})

    def clean(self, value: Any) -> date | None:
        """Return the day, or None for an empty optional field."""
        day: date | None = super().clean(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.", code="out_of_range")
        return day


class AwareDateTimeField(forms.Field):
    """A wall-clock time in a zone; cleans to an aware datetime in UTC. Without ``zone`` it is the viewer's."""

    def __init__(self, *, zone: tzinfo | None = None, **kwargs: Any) -> None:
        self.zone = zone
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
        super().__init__(**{"widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show a stored instant in the zone."""
        return value.astimezone(self._zone()).replace(tzinfo=None) if _is_aware(value) else value

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant; input with its own offset keeps its meaning.

        Raises:
            ValidationError: not a time, or one that the zone skips or repeats.
        """
        if value in self.empty_values:
            return None
        try:
            parsed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError("Write the time as 2026-11-12T15:40.", code="invalid") from error
        if not FIRST_INSTANT_YEAR <= parsed.year <= LAST_YEAR:
            raise ValidationError(f"The year must be from {FIRST_INSTANT_YEAR} to {LAST_YEAR}.", code="out_of_range")
        if _is_aware(parsed):
            return parsed.astimezone(UTC)
        return resolve_local(parsed, self._zone())

    def _zone(self) -> tzinfo:
        return self.zone or timezone.get_current_timezone()


def _is_aware(value: Any) -> bool:
    return isinstance(value, datetime) and timezone.is_aware(value)


class HoursField(forms.CharField):
    """A duration such as ``5:40`` or ``5 h 40``; cleans to whole seconds, at most 24 hours."""

    def clean(self, value: Any) -> int | None:
        """Return the seconds, or None for an empty optional field."""
        text = super().clean(value).strip().replace("min", "").replace(" h ", ":").replace("h", ":")
        if not text:
            return None
        head, _, tail = text.partition(":")
        parts = [part.strip() or "0" for part in (head, tail)]
        if not all(part.isascii() and part.isdigit() for part in parts) or int(parts[1]) > 59:
            raise ValidationError("Write the time as 5:40 (hours:minutes).", code="invalid")
        worked = timedelta(hours=int(parts[0]), minutes=int(parts[1]))
        if worked > timedelta(hours=24):
            raise ValidationError("A day has 24 hours.", code="too_long")
        return int(worked.total_seconds())


class CountryField(forms.ChoiceField):
    """A country by its ISO 3166-1 code, listed by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_countries, **kwargs)


def _countries() -> list[tuple[str, str]]:
    named = [(country.alpha_2, codes.country_name(country.alpha_2)) for country in pycountry.countries]
    return [("", "Choose a country"), *sorted(named, key=lambda pair: pair[1])]


class TimezoneField(forms.ChoiceField):
    """An IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_timezones, **kwargs)


def _timezones() -> list[tuple[str, str]]:
    return [("", "Choose a time zone"), *((name, name.replace("_", " ")) for name in codes.list_timezones())]


class LocaleField(forms.CharField):
    """A BCP-47 language tag in its canonical spelling."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false", "dir": "ltr"})
        super().__init__(**{"widget": widget, "max_length": 35, **kwargs})

    def clean(self, value: Any) -> str:
        """Return the canonical tag."""
        text = super().clean(value)
        try:
            return codes.check_locale(text) if text else text
        except ValueError as error:
            raise ValidationError(_sentence(error), code="locale") from error


def zone_of_name(name: str) -> ZoneInfo:
    """Return the zone of a checked IANA ``name``."""
    return ZoneInfo(codes.check_timezone(name))


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
