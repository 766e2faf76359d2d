"""What all processes share about the way to a provider: how fast, and whether at all.

Times here are the database's own clock: seconds of waiting are no business time, and it is the one clock that all
processes share.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RailPace(models.Model):
    """A row is the token bucket before one endpoint of a rail, see ``rules.next_slot``.

    ``full_at``: when the bucket is full again. ``slowed_to`` and ``slowed_at``: the calls a second that were left when the
    provider last asked for less; the rate recovers from there by itself.
    """

    id = models.BigAutoField(primary_key=True)
    rail = models.CharField(max_length=20)
    endpoint = models.CharField(max_length=200)
    full_at = models.DateTimeField(null=True)
    slowed_to = models.FloatField(null=True)
    slowed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rail", "endpoint"], name="rail_pace_once"),
            models.CheckConstraint(
                condition=Q(slowed_to__isnull=True, slowed_at__isnull=True)
                | Q(slowed_to__gt=0, slowed_at__isnull=False),
                name="rail_pace_slowed_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rail} {self.endpoint}"


class RailCircuit(models.Model):
    """A row is the circuit breaker of a rail: how many calls in a row got no answer or a 5xx.

    ``opened_at`` is set while nothing goes out; ``probe_until`` while one call tries whether the provider is back.
    """

    rail = models.CharField(max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    probe_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(probe_until__isnull=True) | Q(opened_at__isnull=False), name="rail_circuit_probes_when_open"
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(failures__gt=0), name="rail_circuit_opens_by_failures"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rail}: {self.failures} failures"
