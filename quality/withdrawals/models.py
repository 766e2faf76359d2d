"""Withdrawals of evidence and what each changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from quality.evidence.models import GoldItem
from quality.scopes.models import Scope


class Withdrawal(models.Model):
    """A row says that somebody took evidence back: all that came of one planted item, or of one reviewer in a tenant.

    ``words`` are the reason as people read it. ``finding`` is what the figures said at that moment (``values.py``), empty
    where they could say nothing. ``judgments`` counts what was taken back.
    """

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("words",)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gold = models.OneToOneField(GoldItem, on_delete=models.PROTECT, null=True, related_name="withdrawal")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    tenant = models.CharField(max_length=64)
    words = models.TextField()
    finding = models.JSONField(default=dict)
    judgments = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("words")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(gold__isnull=False, reviewer__isnull=True) | Q(gold__isnull=True, reviewer__isnull=False),
                name="withdrawal_of_one_thing",
            ),
            models.CheckConstraint(condition=~Q(words="") & ~Q(tenant=""), name="withdrawal_says_why_and_where"),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True) | ~Q(reviewer=F("by")), name="withdrawal_is_never_of_oneself"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "at"], name="withdrawal_by_tenant")]

    def __str__(self) -> str:
        return f"{self.tenant} {self.at:%Y-%m-%d}"


class WithdrawalEffect(models.Model):
    """A row is one estimate that a withdrawal moved: shares of 0..1 with their 90 % intervals, before and after.

    ``judgments`` counts what was taken back of this worker in this very scope; 0 where a wider scope moved with it.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="effects")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    judgments = models.PositiveIntegerField()
    mean_before = models.FloatField()
    low90_before = models.FloatField()
    high90_before = models.FloatField()
    mean_after = models.FloatField()
    low90_after = models.FloatField()
    high90_after = models.FloatField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["withdrawal", "worker", "scope"], name="withdrawal_effect_once")
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.mean_before:.3f} -> {self.mean_after:.3f}"
