"""Reads of how a rail is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from payouts.rails import rules
from payouts.rails.models import RailCircuit, RailPace


@dataclass(frozen=True, slots=True)
class EndpointPace:
    """How many calls a second may go to an endpoint now."""

    endpoint: str
    rate_per_s: float
    is_slowed: bool


@dataclass(frozen=True, slots=True)
class RailHealth:
    """How a rail is: ``circuit`` is CLOSED, OPEN or HALF_OPEN; ``limit_per_s`` 0 means that nothing is paced."""

    rail: str
    circuit: str
    failures: int
    opened_at: datetime | None
    last_error: str
    limit_per_s: float
    paces: Sequence[EndpointPace]


def database_clock() -> datetime:
    """Return the time by the clock that all processes share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]  # the driver's word for a timestamptz


def is_open(rail: str) -> bool:
    """Say whether nothing goes out on a rail just now."""
    opened_at = RailCircuit.objects.filter(rail=rail).values_list("opened_at", flat=True).first()
    return opened_at is not None and rules.circuit_state(opened_at, database_clock()) == "OPEN"


def rate_of(pace: RailPace, moment: datetime, limit: float) -> float:
    """Return the calls a second that an endpoint may get at a moment."""
    if pace.slowed_to is None or pace.slowed_at is None:
        return limit
    return rules.recovered_rate(pace.slowed_to, moment - pace.slowed_at, limit)


def get_health(rail: str) -> RailHealth:
    """Return how a rail is now; one that was never used is well."""
    moment, limit = database_clock(), float(settings.STRIPE_CALLS_PER_SECOND)
    circuit = RailCircuit.objects.filter(rail=rail).first() or RailCircuit(rail=rail)
    paces = []
    for pace in RailPace.objects.filter(rail=rail).order_by("endpoint"):
        rate = rate_of(pace, moment, limit)
        paces.append(EndpointPace(pace.endpoint, rate, rate < limit))
    return RailHealth(
        rail=rail,
        circuit=rules.circuit_state(circuit.opened_at, moment),
        failures=circuit.failures,
        opened_at=circuit.opened_at,
        last_error=circuit.last_error,
        limit_per_s=limit,
        paces=paces,
    )
