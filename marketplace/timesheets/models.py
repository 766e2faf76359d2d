"""Time as it happened (events), as it is claimed (entries) and as it was decided (decisions)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.models import tstzrange
from marketplace.staffing.models import Engagement


class TimeEntryQuerySet(models.QuerySet["TimeEntry"]):
    """Time entries, scoped to who asks."""

    def visible_to(self, user: User) -> TimeEntryQuerySet:
        """Return one's own entries, and those of openings of organizations in which one reads work."""
        managed = Q(engagement__opening__project__organization__in=organizations_with(user, "time.approve"))
        return self.filter(Q(expert_user_id=user.pk) | managed)

    def decidable_by(self, user: User) -> TimeEntryQuerySet:
        """Return other people's entries in organizations in which one approves time."""
        managed = Q(engagement__opening__project__organization__in=organizations_with(user, "time.approve"))
        return self.filter(managed).exclude(expert_user_id=user.pk)


class TimeEvent(models.Model):
    """A row is what a device reported: start, beat, pause or stop, by its own clock and by ours. Never changed.

    ``(expert_user, device, sequence)`` is unique, so that an offline batch sent twice changes nothing.
    """

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("device",)

    class Kind(models.TextChoices):
        START = "START"
        BEAT = "BEAT"
        PAUSE = "PAUSE"
        STOP = "STOP"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="time_events")
    device = models.CharField(max_length=64)
    sequence = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=5, choices=Kind)
    client_at = models.DateTimeField()
    server_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("device")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert_user", "device", "sequence"], name="time_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device} {self.sequence}"


class TimeEntry(models.Model):
    """A row is one half-open stretch of work ``[starts_at, ends_at)``; an open end is the running timer.

    States: RUNNING → SUBMITTED → APPROVED, or CUT (whole or in part, with code and words); an appeal that is won turns CUT into
    APPROVED. No two entries of one expert overlap. ``zone`` is where the expert was by the clock on the wall.
    """

    class State(models.TextChoices):
        RUNNING = "RUNNING"
        SUBMITTED = "SUBMITTED"
        APPROVED = "APPROVED"
        CUT = "CUT"
        WITHDRAWN = "WITHDRAWN"

    class Kind(models.TextChoices):
        TIMER = "TIMER"
        MANUAL = "MANUAL"

    TRANSITIONS: ClassVar = {
        "RUNNING": {"SUBMITTED"},
        "SUBMITTED": {"APPROVED", "CUT", "WITHDRAWN"},
        "CUT": {"APPROVED"},
        "APPROVED": set(),
        "WITHDRAWN": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="time_entries")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="time_entries")
    kind = models.CharField(max_length=6, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64)
    device = models.CharField(max_length=64, blank=True)
    first_sequence = models.PositiveBigIntegerField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = TimeEntryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="time_entry_without_overlap",
                expressions=[
                    (F("expert_user"), RangeOperators.EQUAL),
                    (tstzrange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(state="WITHDRAWN"),
            ),
            models.CheckConstraint(
                condition=Q(state="RUNNING", ends_at__isnull=True)
                | (~Q(state="RUNNING") & Q(ends_at__isnull=False, ends_at__gt=F("starts_at"))),
                name="time_entry_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind="MANUAL") | ~Q(reason=""),
                name="time_entry_manual_with_reason",
            ),
            models.UniqueConstraint(
                fields=["expert_user"],
                condition=Q(state="RUNNING"),
                name="time_entry_one_timer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["engagement", "starts_at", "id"],
                name="time_entry_by_engagement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert_user_id} {self.starts_at:%Y-%m-%d %H:%M}"


class TimeDecision(models.Model):
    """A row is one person's decision on one entry: how many seconds count, and why not all of them. Never changed."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("reason_text",)

    class Decision(models.TextChoices):
        APPROVE = "APPROVE"
        CUT = "CUT"

    class ReasonCode(models.TextChoices):
        NOT_THIS_PROJECT = "NOT_THIS_PROJECT", "Not work on this project"
        OVER_CAP = "OVER_CAP", "Over the agreed weekly hours"
        NO_OUTPUT = "NO_OUTPUT", "No matching work found"
        OTHER = "OTHER", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(TimeEntry, on_delete=models.PROTECT, related_name="decisions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=7, choices=Decision)
    approved_seconds = models.PositiveIntegerField()
    reason_code = models.CharField(max_length=20, choices=ReasonCode, blank=True)
    reason_text = models.TextField(blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("reason_text")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(author=F("decided_by")),
                name="time_decision_never_of_own_time",
            ),
            models.CheckConstraint(
                condition=Q(decision="APPROVE") | (~Q(reason_code="") & ~Q(reason_text="")),
                name="time_cut_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.entry_id}"
