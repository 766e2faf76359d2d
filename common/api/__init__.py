"""The HTTP kernel: strict parsing, problem+json, cursor pages, versions and idempotency keys."""

from common.api.bodies import read_body
from common.api.fields import (
    CodeField,
    CountryField,
    CurrencyField,
    DayField,
    InstantField,
    LocaleField,
    MoneyField,
    NameField,
    Serializer,
    StrictIntegerField,
    TextField,
    TimezoneField,
)
from common.api.pages import CURSOR, LIMIT, CursorPagination, page_of, read_columns, read_filters
from common.api.problems import exception_handler, problem_response
from common.api.requests import Request, StrictJSONParser
from common.api.versions import IF_MATCH, etag_of, require_version
from common.api.views import APIView, HasGrant

__all__ = [
    "CURSOR",
    "IF_MATCH",
    "LIMIT",
    "APIView",
    "CodeField",
    "CountryField",
    "CurrencyField",
    "CursorPagination",
    "DayField",
    "HasGrant",
    "InstantField",
    "LocaleField",
    "MoneyField",
    "NameField",
    "Request",
    "Serializer",
    "StrictIntegerField",
    "StrictJSONParser",
    "TextField",
    "TimezoneField",
    "etag_of",
    "exception_handler",
    "page_of",
    "problem_response",
    "read_body",
    "read_columns",
    "read_filters",
    "require_version",
]
