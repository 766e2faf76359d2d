"""From batch to claim: what there is to do, and who is doing it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from marketplace.identity.models import User
from marketplace.projects.models import Project, RateLine
from marketplace.staffing.models import Engagement
from marketplace.work.rules import REPEAT_AFTER


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches, scoped to who asks."""

    def visible_to(self, user: User) -> BatchQuerySet:
        """Return the batches of one's organizations' projects."""
        return self.filter(project__in=Project.objects.managed_by(user))


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, scoped to who asks."""

    def visible_to(self, user: User) -> TaskQuerySet:
        """Return tasks of one's organizations, and for an expert those they may claim or have claimed."""
        live = Engagement.objects.filter(expert__user_id=user.pk, state=Engagement.State.PRODUCTION)
        engaged = Q(batch__project__in=live.values("opening__project"), batch__state="IN_PROGRESS")
        claimed = Q(id__in=Claim.objects.filter(expert_user_id=user.pk).values("task"))
        return self.filter(Q(batch__project__in=Project.objects.managed_by(user)) | claimed | engaged)

    def open_to(self, user: User, now: datetime) -> TaskQuerySet:
        """Return tasks with a free place that ``user`` has not done: a repeated one only for who did the first long enough ago.

        Whether batch, project and engagement are open is for the caller to ask.
        """
        mine = Claim.objects.filter(expert_user_id=user.pk).exclude(state__in=["RELEASED", "EXPIRED"])
        long_ago = mine.filter(submissions__number=1, submissions__submitted_at__lte=now - REPEAT_AFTER)
        may_repeat = Q(repeats__isnull=True) | Q(repeats_id__in=long_ago.values("task_id"))
        return self.filter(may_repeat, taken__lt=F("wanted")).exclude(id__in=mine.values("task_id"))


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims, scoped to who asks."""

    def visible_to(self, user: User) -> ClaimQuerySet:
        """Return one's own claims and those in one's organizations' projects."""
        return self.filter(Q(expert_user_id=user.pk) | Q(project__in=Project.objects.managed_by(user)))


class Batch(models.Model):
    """A row is one import of tasks, by file or API. The same file for the same project is the same batch.

    States: IN_PROGRESS ↔ PAUSED → COMPLETED (every task has what it wants) or CANCELLED.
    """

    class State(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS"
        PAUSED = "PAUSED"
        COMPLETED = "COMPLETED"
        CANCELLED = "CANCELLED"

    TRANSITIONS: ClassVar = {
        "IN_PROGRESS": {"PAUSED", "COMPLETED", "CANCELLED"},
        "PAUSED": {"IN_PROGRESS", "CANCELLED"},
        "COMPLETED": set(),
        "CANCELLED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.IN_PROGRESS)
    file_sha256 = models.CharField(max_length=64)
    task_count = models.PositiveIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "file_sha256"], name="batch_file_once"),
            models.UniqueConstraint(fields=["project", "name"], name="batch_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """A row is one unit of work that ``wanted`` different experts do. ``taken`` counts live claims and decided work.

    Whether a gold key hangs on it is not written here: quality knows the task by its source key ``task:<id>``.
    ``repeats`` is an earlier task that this one shows again to whoever did it, unmarked, to see whether they answer alike.
    ``item_a`` and ``item_b`` name what a pairwise task compares; the expert does not see them.
    ``content`` is what the expert sees (source, target, context …); its shape follows the project's task kind.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tasks")
    external_id = models.CharField(max_length=200)
    content = models.JSONField()
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="repetitions")
    item_a = models.CharField(max_length=200, blank=True)
    item_b = models.CharField(max_length=200, blank=True)
    wanted = models.PositiveSmallIntegerField(default=1)
    taken = models.PositiveSmallIntegerField(default=0)
    accepted = models.PositiveSmallIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "external_id"], name="task_external_id_once"),
            models.CheckConstraint(
                condition=Q(wanted__gte=1, taken__lte=F("wanted")),
                name="task_never_overclaimed",
            ),
            models.CheckConstraint(condition=~Q(repeats=F("id")), name="task_never_repeats_itself"),
            models.CheckConstraint(
                condition=Q(item_a="", item_b="") | (~Q(item_a="") & ~Q(item_b="") & ~Q(item_a=F("item_b"))),
                name="task_compares_two_items_or_none",
            ),
            models.CheckConstraint(condition=Q(accepted__lte=F("taken")), name="task_accepted_within_taken"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["batch", "-priority", "id"],
                condition=Q(taken__lt=F("wanted")),
                name="task_claimable",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Claim(models.Model):
    """A row is an expert's right to do one task until the lease ends. It reserves the seat and its pay.

    States: ACTIVE → SUBMITTED → DECIDED; RELEASED by the expert, EXPIRED by the clock (both give the seat back and keep
    the draft). RETURNED work goes back to ACTIVE with a fresh lease.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        SUBMITTED = "SUBMITTED"
        DECIDED = "DECIDED"
        RELEASED = "RELEASED"
        EXPIRED = "EXPIRED"

    TRANSITIONS: ClassVar = {
        "ACTIVE": {"SUBMITTED", "RELEASED", "EXPIRED"},
        "SUBMITTED": {"DECIDED", "ACTIVE"},
        "DECIDED": {"ACTIVE"},
        "RELEASED": set(),
        "EXPIRED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="claims")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="claims", db_index=False)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="claims")
    expert_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims")
    pay_line = models.ForeignKey(RateLine, on_delete=models.PROTECT, related_name="+")
    reserved_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    claimed_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "expert_user"],
                condition=~Q(state__in=["RELEASED", "EXPIRED"]),
                name="claim_one_per_expert_and_task",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__gt=F("claimed_at")),
                name="claim_lease_ends_later",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lease_until", "id"],
                condition=Q(state="ACTIVE"),
                name="claim_lease_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.expert_user_id}"


class Draft(models.Model):
    """A row is the latest saved state of unfinished work; it outlives an expired lease."""

    claim = models.OneToOneField(Claim, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    content = models.JSONField()
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.claim_id)


class ImportReport(models.Model):
    """A row is the outcome of one import or dry run, with every bad row named, kept for the file with the errors."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="import_reports")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    is_dry_run = models.BooleanField()
    row_count = models.PositiveIntegerField()
    bad_rows = models.JSONField(default=list)
    columns = ArrayField(models.CharField(max_length=100), default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name
