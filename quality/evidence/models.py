"""Judgments, ratings and planted items."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from quality.evidence.values import (
    ActorKind,
    Direction,
    GoldKind,
    JudgmentKind,
    RetirementReason,
    Winner,
)
from quality.scopes.models import Scope


def _choices(
    codes: type[JudgmentKind | ActorKind | GoldKind | RetirementReason | Direction | Winner],
) -> list[tuple[str, str]]:
    return [(code.value, code.value.replace("_", " ").capitalize()) for code in codes]


class JudgmentQuerySet(models.QuerySet["Judgment"]):
    """Reads of judgments."""

    def effective(self) -> JudgmentQuerySet:
        """Those that count: not replaced by a newer one, and not withdrawn."""
        successor = Judgment.objects.filter(supersedes_id=OuterRef("pk"))
        return self.filter(~Exists(successor), value__isnull=False)


class Evidence(models.Model):
    """What every row of evidence says: whose it is, in which scope, of which act outside, when, and for whom. Written once."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    source_key = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField()
    tenant = models.CharField(max_length=64, blank=True)
    project = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True
        triggers = append_only_triggers()


class Judgment(Evidence):
    """A row is one judgment of one worker's work, written once.

    It counts until another row ``supersedes`` it; a superseding row without ``value``
    withdraws it. ``value`` is 0..1 (1 = good), ``confidence`` its weight as a part of
    one answer (0 < c <= 1).
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    actor_kind = models.CharField(max_length=10, choices=_choices(ActorKind))
    kind = models.CharField(max_length=20, choices=_choices(JudgmentKind))
    criterion = models.CharField(max_length=60, blank=True)
    value = models.FloatField(null=True)
    confidence = models.FloatField()
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="successor")

    objects = JudgmentQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, value__gte=0, value__lte=1)
                | Q(value__isnull=True, supersedes__isnull=False),
                name="judgment_value_is_a_share_or_withdraws",
            ),
            models.CheckConstraint(
                condition=Q(confidence__gt=0, confidence__lte=1),
                name="judgment_confidence_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(actor__isnull=True) | ~Q(actor=F("worker")),
                name="judgment_is_never_of_oneself",
            ),
            models.CheckConstraint(
                condition=~Q(kind=JudgmentKind.GOLD.value, actor_kind=ActorKind.MODEL.value),
                name="judgment_gold_is_not_by_a_model",
            ),
            models.CheckConstraint(condition=~Q(source_key=""), name="judgment_has_a_source"),
        ]
        indexes: ClassVar = [models.Index(fields=["worker", "scope", "at"], name="judgment_by_worker")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_key}"


class Rating(Evidence):
    """A row is one score a worker gave one item on one criterion, written once.

    The newest row of an (item, worker, criterion) counts. ``value`` is in the rubric's
    own points; ``direction`` says whether many points are good.
    """

    item_key = models.CharField(max_length=200)
    criterion = models.CharField(max_length=60, blank=True)
    value = models.FloatField()
    direction = models.CharField(max_length=10, choices=_choices(Direction))

    class Meta(Evidence.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(value__gte=-1e9, value__lte=1e9),
                name="rating_value_is_finite",
            ),
            models.CheckConstraint(
                condition=Q(direction=Direction.QUALITY.value) | Q(value__gte=0),
                name="rating_penalty_is_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(source_key="") & ~Q(item_key=""),
                name="rating_has_a_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["scope", "item_key", "worker", "criterion", "at"],
                name="rating_latest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_key} {self.source_key}"


class Label(Evidence):
    """A row is the class one worker gave one item, written once; the newest row of an (item, worker) counts.

    From the labels of the same items by several people the likeliest answers are learned (``quality/consensus``).
    """

    item_key = models.CharField(max_length=200)
    label = models.CharField(max_length=200)

    class Meta(Evidence.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(source_key="") & ~Q(item_key="") & ~Q(label=""), name="label_has_item_class_and_source"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["scope", "tenant", "project", "item_key", "worker", "at"], name="label_latest")
        ]

    def __str__(self) -> str:
        return f"{self.item_key} {self.source_key}"


class Comparison(Evidence):
    """A row is one worker's word on which of two items is better, written once; items are named within a tenant's project."""

    first = models.CharField(max_length=200)
    second = models.CharField(max_length=200)
    winner = models.CharField(max_length=3, choices=_choices(Winner))

    class Meta(Evidence.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(source_key="") & ~Q(first="") & ~Q(second="") & ~Q(first=F("second")),
                name="comparison_of_two_named_items",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["scope", "tenant", "project", "first", "second"], name="comparison_by_project")
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}: {self.winner}"


class GoldItem(models.Model):
    """A row is one item whose answer is known and planted among the others.

    States: in use -> retired, once. Everything else of it is fixed when planted.
    Neither experts nor clients ever read ``answer``, nor that the item is planted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item_key = models.CharField(max_length=200, db_index=True)
    source_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=_choices(GoldKind))
    answer = models.JSONField(default=dict)
    weight = models.FloatField(default=1.0)
    tenant = models.CharField(max_length=64, blank=True)
    project = models.CharField(max_length=64, blank=True)
    planted_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    retired_reason = models.CharField(max_length=20, choices=_choices(RetirementReason), blank=True)

    class Meta:
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="gold_key_is_fixed",
                exclude=["retired_at", "retired_reason"],
            ),
            pgtrigger.Protect(name="gold_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="gold_retires_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__retired_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=1), name="gold_weight_is_a_share"),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, retired_reason="")
                | (Q(retired_at__isnull=False, retired_at__gte=F("planted_at")) & ~Q(retired_reason="")),
                name="gold_retired_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(source_key="") & ~Q(item_key=""),
                name="gold_has_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_key}"


class GoldExposure(models.Model):
    """A row is one worker's meeting with one planted item, and whether they found it.

    ``judgment`` is the evidence that came of it: null where the key was known to be
    wrong before the result came in.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gold = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="exposures")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first_seen_at = models.DateTimeField()
    found = models.BooleanField()
    source_key = models.CharField(max_length=200, unique=True)
    judgment = models.OneToOneField(Judgment, on_delete=models.PROTECT, null=True, related_name="exposure")

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(source_key=""), name="gold_exposure_has_a_source"),
        ]
        indexes: ClassVar = [models.Index(fields=["first_seen_at"], name="gold_exposure_by_time")]

    def __str__(self) -> str:
        return f"{self.gold_id} {'found' if self.found else 'missed'}"
