"""Serializer fields that take what they say and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from common.clock import FIRST_INSTANT_YEAR, FIRST_YEAR, LAST_YEAR
from common.codes import check_country, check_locale, check_timezone
from common.currencies import get_currency
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.text import clean_name, clean_text


class Serializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, each by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail("This field is not known.", code="unknown_field")
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: no strings, booleans or fractions."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Write a whole number, without quotes.", code="invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Text of several lines without control, bidi-override or invisible characters."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20_000)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Write text in quotes.", code="invalid")
        return _checked(lambda: clean_text(data, max_length=self.max_length or 20_000))


class NameField(TextField):
    """A name: one line, with a letter or a digit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Write text in quotes.", code="invalid")
        return _checked(lambda: clean_name(data, max_length=self.max_length or 200))


class CodeField(serializers.CharField):
    """A code from a list, in the list's own spelling; a subclass names the check."""

    check: Callable[[str], str] = staticmethod(lambda code: clean_text(code, multiline=False))

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Write text in quotes.", code="invalid")
        return _checked(lambda: type(self).check(data))


class CountryField(CodeField):
    """An ISO 3166-1 alpha-2 country code."""

    check = staticmethod(check_country)


class LocaleField(CodeField):
    """A BCP-47 language tag."""

    check = staticmethod(check_locale)


class TimezoneField(CodeField):
    """An IANA time zone."""

    check = staticmethod(check_timezone)


class CurrencyField(CodeField):
    """An ISO 4217 currency in use."""

    check = staticmethod(lambda code: get_currency(code).code)


class MoneyField(serializers.Field[Money, Any, dict[str, Any], Any]):
    """``{"amount_minor": 1250, "currency": "EUR"}``; positive unless ``minimum`` says otherwise."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        self.minimum = minimum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, Mapping) or set(data) != {"amount_minor", "currency"}:
            raise serializers.ValidationError('Write {"amount_minor": 1250, "currency": "EUR"}.', code="invalid")
        amount, currency = data["amount_minor"], data["currency"]
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise serializers.ValidationError({"amount_minor": "Write a whole number of minor units."}, code="invalid")
        if not self.minimum <= amount <= LARGEST_AMOUNT_MINOR:
            raise serializers.ValidationError(
                {"amount_minor": f"Must be from {self.minimum} to {LARGEST_AMOUNT_MINOR}."},
                code="out_of_range",
            )
        if not isinstance(currency, str):
            raise serializers.ValidationError({"currency": "Write an ISO 4217 code in quotes."}, code="invalid")
        return _checked(lambda: Money(amount, currency), field="currency")

    def to_representation(self, value: Money) -> dict[str, Any]:
        return {"amount_minor": value.amount_minor, "currency": value.currency}


class DayField(serializers.DateField):
    """A calendar day as 2026-03-29, from 1900 to 2199."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not value.isascii() or len(value) != 10:
            raise serializers.ValidationError("Write a day such as 2026-03-29.", code="invalid")
        day = super().to_internal_value(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise serializers.ValidationError(
                f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.", code="out_of_range"
            )
        return day


class InstantField(serializers.DateTimeField):
    """An instant: ISO 8601 with its UTC offset. A naive time is refused, since nobody can say which instant it means."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise serializers.ValidationError("Write an ISO 8601 time in quotes.", code="invalid")
        try:
            instant = parse_datetime(value)
        except (ValueError, OverflowError):
            instant = None
        if instant is None:
            raise serializers.ValidationError("This is not an ISO 8601 time that exists.", code="invalid")
        if instant.tzinfo is None:
            raise serializers.ValidationError("Add the UTC offset, such as 2026-03-29T09:00:00+01:00.", code="naive")
        if not FIRST_INSTANT_YEAR <= instant.year <= LAST_YEAR:
            raise serializers.ValidationError(
                f"The year must be from {FIRST_INSTANT_YEAR} to {LAST_YEAR}.", code="out_of_range"
            )
        return instant


def _checked[T](check: Callable[[], T], field: str | None = None) -> T:
    try:
        return check()
    except ValueError as error:
        sentence = f"{error}".strip()
        detail = sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(".") else ".")
        raise serializers.ValidationError({field: detail} if field else detail, code="invalid") from error
