"""Taking a turn, and noting how a call went: each a short transaction of its own, shared by all processes."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from payouts.rails import rules
from payouts.rails.models import RailCircuit, RailPace
from payouts.rails.queries import database_clock, rate_of

logger = logging.getLogger(__name__)


def take_slot(*, rail: str, endpoint: str) -> float | None:
    """Take the next turn at an endpoint and return how many seconds to wait for it.

    None: it would be more than ``rules.LONGEST_WAIT``; no turn was taken. The caller waits after this has committed, never
    inside a transaction.
    """
    limit = float(settings.STRIPE_CALLS_PER_SECOND)
    if not limit:
        return 0.0
    with transaction.atomic():
        pace = _lock_pace(rail, endpoint)
        moment = database_clock()
        slot, full_at = rules.next_slot(pace.full_at, moment, rate_of(pace, moment, limit))
        if slot - moment > rules.LONGEST_WAIT:
            return None
        pace.full_at = full_at
        pace.save(update_fields=["full_at"])
    return (slot - moment).total_seconds()


def slow_down(*, rail: str, endpoint: str) -> None:
    """Halve the rate of an endpoint, once for all refusals of a moment: the provider said 429."""
    limit = float(settings.STRIPE_CALLS_PER_SECOND)
    if not limit:
        return
    with transaction.atomic():
        pace = _lock_pace(rail, endpoint)
        moment = database_clock()
        if pace.slowed_at is not None and moment - pace.slowed_at < rules.ONE_MOMENT:
            return
        pace.slowed_to, pace.slowed_at = rules.halved_rate(rate_of(pace, moment, limit)), moment
        pace.save(update_fields=["slowed_to", "slowed_at"])
    logger.warning("payouts.rail.slowed_down", extra={"rail": rail, "endpoint": endpoint, "rate": pace.slowed_to})


def _lock_pace(rail: str, endpoint: str) -> RailPace:
    rows = RailPace.objects.select_for_update().filter(rail=rail, endpoint=endpoint)
    found = rows.first()
    if found is None:
        RailPace.objects.bulk_create([RailPace(rail=rail, endpoint=endpoint)], ignore_conflicts=True)
        found = rows.get()
    return found


def ask_circuit(*, rail: str) -> str:
    """Return how a call may go out: CLOSED, PROBE (as the one that tries), or OPEN: not at all."""
    opened_at = RailCircuit.objects.filter(rail=rail).values_list("opened_at", flat=True).first()
    if opened_at is None:
        return "CLOSED"
    moment = database_clock()
    if rules.circuit_state(opened_at, moment) == "OPEN":
        return "OPEN"
    free = Q(probe_until__isnull=True) | Q(probe_until__lte=moment)
    taken = RailCircuit.objects.filter(free, rail=rail, opened_at=opened_at).update(
        probe_until=moment + rules.PROBE_FOR
    )
    return "PROBE" if taken else "OPEN"


def note_success(*, rail: str, is_probe: bool) -> None:
    """Forget the failures before; a probe that got through closes the circuit."""
    rows = RailCircuit.objects.filter(rail=rail, failures__gt=0)
    if not is_probe:
        # An answer to a call from before the circuit opened says nothing of now.
        rows.filter(opened_at__isnull=True).update(failures=0, last_error="")
    elif rows.update(failures=0, opened_at=None, probe_until=None, last_error=""):
        logger.info("payouts.rail.circuit_closed", extra={"rail": rail})


def note_failure(*, rail: str, error: str, is_probe: bool) -> None:
    """Count a call that got a 5xx or no answer; the fifth in a row, or a failed probe, opens the circuit."""
    with transaction.atomic():
        RailCircuit.objects.bulk_create([RailCircuit(rail=rail)], ignore_conflicts=True)
        circuit = RailCircuit.objects.select_for_update().get(rail=rail)
        circuit.failures += 1
        circuit.last_error = error[:500]
        opens = is_probe or (circuit.opened_at is None and circuit.failures >= settings.STRIPE_FAILURES_TO_OPEN)
        if opens:
            circuit.opened_at, circuit.probe_until = database_clock(), None
        circuit.save()
    if opens:
        logger.error("payouts.rail.circuit_opened", extra={"rail": rail, "failures": circuit.failures})
