"""JSON is written as the framework writes it, only faster."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.functional import lazystr
from rest_framework.renderers import JSONRenderer as FrameworkRenderer

from common.rendering import JSONRenderer


@pytest.mark.parametrize(
    "data",
    [
        datetime(2026, 11, 12, 9, 30, tzinfo=UTC),
        datetime(2026, 11, 12, 9, 30, 0, 120, tzinfo=UTC),
        datetime(2026, 11, 12, 9, 30, tzinfo=timezone(timedelta(hours=-4))),
        date(2026, 11, 12),
        UUID("01a1fd59-1002-737b-a36e-71206035d1b1"),
        Decimal("1.20"),
        0.1,
        10**30,
        lazystr("Später"),
        {1: ["ä", None, True], "b": (1, 2)},
    ],
    ids=str,
)
def test_a_value_is_written_as_the_framework_writes_it(data: Any) -> None:
    written = JSONRenderer().render({"value": data})

    assert json.loads(written) == json.loads(FrameworkRenderer().render({"value": data}))


def test_who_asks_for_indentation_gets_it() -> None:
    assert JSONRenderer().render({"a": 1}, "application/json; indent=2") == b'{\n  "a": 1\n}'


def test_nothing_is_written_as_nothing() -> None:
    assert JSONRenderer().render(None) == b""
