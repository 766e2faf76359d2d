"""The request of a view, and reading JSON without silence: duplicate keys, NaN and over-deep nesting are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import IO, TYPE_CHECKING, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request as FrameworkRequest

if TYPE_CHECKING:

    class Request(FrameworkRequest):
        """A request that came past ``common.api.APIView``: somebody is logged in, so its user is one of ours.

        The kernel doesn't know the project's user model, and the framework's own type would ask every view to tell
        an anonymous user apart that can't reach it.
        """

        user: Any
        auth: Any
else:
    Request = FrameworkRequest

MOST_BYTES = 10 * 1024 * 1024


class StrictJSONParser(BaseParser):
    """Parses ``application/json`` in UTF-8 of at most 10 MiB."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ParseError(f"The body is larger than {MOST_BYTES} bytes.")
        try:
            return json.loads(
                raw.decode("utf-8"),
                object_pairs_hook=_unique_keys,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has the same key twice")
    for key, value in pairs:
        if "\x00" in key or (isinstance(value, str) and "\x00" in value):
            raise ValueError(f"{key[:40]!r} has a NUL character")
    return result


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:40]} is beyond the range of a number")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
