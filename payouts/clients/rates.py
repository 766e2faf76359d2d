"""The port through which the app that knows the prices tells what a client is billed for one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from common.money import Money


@dataclass(frozen=True, slots=True)
class WorkPrice:
    """What is asked for: the price of one ``unit`` of work that was paid by the line ``rate_line_key`` and ended ``at``."""

    rate_line_key: str
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BillRate:
    """The line that bills it: its own key and what one unit costs the client."""

    key: str
    rate: Money


type BillRates = Callable[[Collection[WorkPrice]], Mapping[WorkPrice, BillRate]]

_providers: list[BillRates] = []


def register_bill_rates(provider: BillRates) -> None:
    """Let ``provider(asked)`` tell the lines that bill the work; what has none is left out."""
    _providers.append(provider)


def find_bill_rates(asked: Collection[WorkPrice]) -> dict[WorkPrice, BillRate]:
    """Return the line of each price that has one."""
    found: dict[WorkPrice, BillRate] = {}
    for provider in _providers:
        found.update(provider(asked))
    return found
