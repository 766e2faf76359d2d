"""Fit runs, estimates and what they are made of, and levels of rated items."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from quality.scopes.models import Scope


class FitRun(models.Model):
    """A row is one exact refit of everything: what went in, how, and what came out.

    ``watermark`` is the sha256 of the inputs, ``result_sha256`` of the numbers that came out: the same watermark
    and ``method_version`` give the same result. ``parameters`` hold the population's priors.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    as_of = models.DateTimeField()
    method_version = models.CharField(max_length=40)
    watermark = models.CharField(max_length=64)
    result_sha256 = models.CharField(max_length=64)
    parameters = models.JSONField()
    seed = models.BigIntegerField(default=0)
    seconds = models.FloatField()
    metrics = models.JSONField()

    class Meta:
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.method_version} {self.watermark[:12]}"


class FitEnd(models.Model):
    """A row says that a run has written every estimate; a run without one is at work, or broke off."""

    append_only: ClassVar[bool] = True

    fit_run = models.OneToOneField(FitRun, on_delete=models.PROTECT, primary_key=True, related_name="end")
    at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.fit_run_id} {self.at}"


class ReviewerSeverity(models.Model):
    """A row is how strict one reviewer is in one fit run: share of a full score below others (positive = strict)."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fit_run = models.ForeignKey(FitRun, on_delete=models.PROTECT, related_name="reviewer_severities")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    severity = models.FloatField()
    severity_se = models.FloatField()
    reviews = models.PositiveIntegerField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fit_run", "reviewer"], name="reviewer_severity_once_per_run")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} {self.severity:+.3f}"


class QualityEstimate(models.Model):
    """A row is how good one worker is in one scope as known at ``as_of``.

    ``mean``, ``low90`` and ``high90`` are shares (0..1); ``n_eff`` counts the worker's own answers, ``strength`` those
    that the prior is worth too. ``severity`` is in the rubric's points (log1p of penalties), positive = strict, null
    without ratings in this very scope. The ``prior_*`` fields are the yardstick of this worker's last exact fit;
    updates between two fits keep them. One row a worker and scope ``is_current``; older ones are the history.
    Updates between fits (``is_online``) of one UTC day share one row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    mean = models.FloatField()
    low90 = models.FloatField()
    high90 = models.FloatField()
    n_eff = models.FloatField()
    strength = models.FloatField()
    prior_mean = models.FloatField()
    prior_mean_variance = models.FloatField()
    prior_strengths = ArrayField(models.FloatField())
    severity = models.FloatField(null=True)
    severity_se = models.FloatField(null=True)
    is_inherited = models.BooleanField()
    is_online = models.BooleanField()
    is_current = models.BooleanField(default=True)
    method_version = models.CharField(max_length=40)
    fit_run = models.ForeignKey(FitRun, on_delete=models.PROTECT, null=True, related_name="estimates")
    as_of = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["worker", "scope"],
                condition=Q(is_current=True),
                name="estimate_one_current",
            ),
            models.CheckConstraint(
                condition=Q(
                    low90__gte=0,
                    low90__lte=F("mean"),
                    high90__gte=F("mean"),
                    high90__lte=1,
                ),
                name="estimate_mean_within_interval",
            ),
            models.CheckConstraint(
                condition=Q(n_eff__gte=0, strength__gt=0),
                name="estimate_weights_positive",
            ),
            models.CheckConstraint(
                condition=Q(severity__isnull=True, severity_se__isnull=True)
                | Q(severity__isnull=False, severity_se__isnull=False, severity_se__gte=0),
                name="estimate_severity_with_its_error",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["worker", "scope", "as_of"], name="estimate_history"),
            models.Index(
                fields=["scope", "mean"],
                condition=Q(is_current=True),
                name="estimate_by_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.mean:.3f}"


class Contribution(models.Model):
    """A row is one reason of an estimate: ``delta`` (share) is what it adds to the prior.

    The deltas of an estimate and its ``prior_mean`` add up to its ``mean``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    estimate = models.ForeignKey(QualityEstimate, on_delete=models.CASCADE, related_name="contributions")
    evidence_kind = models.CharField(max_length=20)
    delta = models.FloatField()
    words = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "position"], name="contribution_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.delta:+.4f} {self.words}"


class ItemLevel(models.Model):
    """A row is how good one rated item is on one criterion as the newest exact fit knows it; each fit replaces them all.

    ``level``, ``low90`` and ``high90`` are in the rubric's points, ``ratings`` the scores behind them. ``gain`` (0..1): what
    one more rating would take from the squared error of the level, as a share of how much items of the scope differ.
    ``tenant`` and ``project`` are those of the item's ratings.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fit_run = models.ForeignKey(FitRun, on_delete=models.PROTECT, related_name="item_levels")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=200)
    criterion = models.CharField(max_length=60, blank=True)
    ratings = models.PositiveIntegerField()
    level = models.FloatField()
    low90 = models.FloatField()
    high90 = models.FloatField()
    gain = models.FloatField()
    tenant = models.CharField(max_length=64, blank=True)
    project = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "item_key", "criterion"], name="item_level_once"),
            models.CheckConstraint(
                condition=Q(low90__lte=F("level"), high90__gte=F("level")), name="item_level_within_interval"
            ),
            models.CheckConstraint(
                condition=Q(gain__gte=0, gain__lte=1, ratings__gte=1), name="item_level_gain_is_a_share"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "project", "-gain", "id"], name="item_level_queue")]

    def __str__(self) -> str:
        return f"{self.item_key} {self.level:.2f}"
