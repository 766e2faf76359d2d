"""What the last fit of each project says of its items, and what each nightly fit said of the people who labeled them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from quality.scopes.models import Scope


class ProjectFit(models.Model):
    """A row is when the words on one project's items were last put together; the next time replaces it and its items.

    ``labels`` and ``comparisons`` count the rows of evidence that were there by then: where there are more now, it is due
    again. ``seconds`` is how long it took, on the clock. Names mean the same within one scope of a tenant's project only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    tenant = models.CharField(max_length=64, blank=True)
    project = models.CharField(max_length=64, blank=True)
    as_of = models.DateTimeField()
    labels = models.PositiveIntegerField()
    comparisons = models.PositiveIntegerField()
    seconds = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "project", "scope"], name="project_fit_once"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="project_fit_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.project} {self.as_of}"


class ItemConsensus(models.Model):
    """A row is the likeliest answer to one labeled item in its project's last fit.

    ``share`` (0..1) is the probability of ``answer``, ``shares`` that of every class. ``labels`` counts the people who
    labeled the item.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fit = models.ForeignKey(ProjectFit, on_delete=models.PROTECT, related_name="answers")
    item_key = models.CharField(max_length=200, db_index=True)
    answer = models.CharField(max_length=200)
    share = models.FloatField()
    shares = models.JSONField()
    labels = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fit", "item_key"], name="item_consensus_once"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="item_consensus_is_a_share"),
            models.CheckConstraint(condition=Q(labels__gte=1), name="item_consensus_has_labels"),
        ]

    def __str__(self) -> str:
        return f"{self.item_key} {self.answer}"


class ItemScore(models.Model):
    """A row is how good one compared item is in its project's last fit.

    ``score`` is a logit: of two items a reliable worker prefers the first with odds ``exp`` of the difference. ``score_se``
    is its standard error against the mean of the items that a chain of comparisons connects with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fit = models.ForeignKey(ProjectFit, on_delete=models.PROTECT, related_name="scores")
    item = models.CharField(max_length=200)
    score = models.FloatField()
    score_se = models.FloatField()
    comparisons = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fit", "item"], name="item_score_once"),
            models.CheckConstraint(condition=Q(score_se__gte=0, comparisons__gte=1), name="item_score_has_its_error"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.score:+.2f}"


class WorkerConsensus(models.Model):
    """A row is how often one worker was right in one scope, as one fit estimates it from labels or comparisons.

    ``mean`` is a share (0..1), ``n_eff`` the known answers that would tell as much, ``labels`` how many the worker gave.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fit_run = models.ForeignKey("quality.FitRun", on_delete=models.PROTECT, related_name="worker_consensus")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    mean = models.FloatField()
    n_eff = models.FloatField()
    labels = models.PositiveIntegerField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fit_run", "worker", "scope"], name="worker_consensus_once_per_run"),
            models.CheckConstraint(
                condition=Q(mean__gte=0, mean__lte=1, n_eff__gt=0, labels__gte=1), name="worker_consensus_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.mean:.3f}"
