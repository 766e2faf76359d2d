"""What a decided or urgent case closes to a person for a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7

#: Source: product.md, state machine 14: an urgent pause before any decision ends by itself.
LONGEST_PROVISIONAL = timedelta(hours=72)


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Restrictions by the work they close."""

    def in_force(self, now: datetime) -> RestrictionQuerySet:
        """Return those that hold at ``now``."""
        return self.filter(Q(until_at__isnull=True) | Q(until_at__gt=now), began_at__lte=now, ended_at__isnull=True)

    def closing(self, domain: str, locale: str, task_kind: str) -> RestrictionQuerySet:
        """Return those that close work of these codes: of this very scope, or of a wider one in the same domain."""
        return self.filter(domain=domain, task_kind__in=["", task_kind], locale__in=["", locale])


class Restriction(models.Model):
    """A row keeps one person from new claims and matches in one scope. What runs goes on, and what is earned is paid.

    ``source_key`` names the case. Provisional ones (urgent, before any decision) end by themselves within 72 hours; the
    others last until ``ended_at`` is set. A restriction never closes all work: its domain is named.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="restrictions")
    domain = models.CharField(max_length=120)
    locale = models.CharField(max_length=35, blank=True)
    task_kind = models.CharField(max_length=60, blank=True)
    source_key = models.CharField(max_length=200, unique=True)
    reason_text = models.TextField()
    is_provisional = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(domain=""), name="restriction_never_of_all_work"),
            models.CheckConstraint(condition=~Q(reason_text=""), name="restriction_with_a_reason"),
            models.CheckConstraint(
                condition=Q(is_provisional=False, until_at__isnull=True)
                | Q(
                    is_provisional=True,
                    until_at__isnull=False,
                    until_at__gt=F("began_at"),
                    until_at__lte=F("began_at") + LONGEST_PROVISIONAL,
                ),
                name="restriction_provisional_at_most_72_hours",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="restriction_ends_after_begin"
            ),
            models.UniqueConstraint(
                fields=["user", "domain", "locale", "task_kind"],
                condition=Q(ended_at__isnull=True, is_provisional=False),
                name="restriction_one_decided_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "domain"], condition=Q(ended_at__isnull=True), name="restriction_in_force")
        ]

    def __str__(self) -> str:
        return self.source_key
