"""Bars, proposals, the pauses that proposing must know of, and alarms of drift."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.permissions import has_grant, visible_workers
from quality.estimates.drift import Fall, Level
from quality.estimates.models import FitRun
from quality.methods.gates import Kind
from quality.scopes.models import Scope

#: Whoever decides cases looks at every proposal; others at those about workers whom they may see.
DECIDE_CASES = "cases.decide"


class ScopeBar(models.Model):
    """A row is what a person asked of one scope from ``set_at`` on; narrower scopes without a row of their own follow it.

    ``bar`` and ``promote_bar`` are shares (0..1). The newest row of a scope counts, earlier ones are the history.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="bars")
    bar = models.FloatField()
    promote_bar = models.FloatField()
    reason_text = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(bar__gt=0, bar__lt=F("promote_bar"), promote_bar__lt=1), name="scope_bar_below_promotion"
            ),
            models.CheckConstraint(condition=~Q(reason_text=""), name="scope_bar_with_a_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["scope", "-set_at", "-id"], name="scope_bar_newest")]

    def __str__(self) -> str:
        return f"{self.bar:.2f} {self.scope_id}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals, scoped to who asks."""

    def visible_to(self, user: Any) -> ProposalQuerySet:
        """Return those about workers whom ``user`` may see, all for who decides cases, never those about ``user``."""
        others = self.exclude(worker_id=user.pk)
        return others if has_grant(user, DECIDE_CASES) else others.filter(worker_id__in=visible_workers(user))


class Proposal(models.Model):
    """A row is something a gate proposes to people about one worker in one scope. It decides nothing.

    States: OPEN → TAKEN_UP by a person (as a case, which settles it) | TURNED_DOWN by a person, with a reason | LAPSED
    because it could not be made any more. What it rests on is fixed; ``evidence`` is ``rules.snapshot``.
    ``settled_at``: nothing more comes of it, so that another may be made. ``ground_lost_at``: evidence behind one that
    was taken up was withdrawn, and it could not be made today.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        TAKEN_UP = "TAKEN_UP"
        TURNED_DOWN = "TURNED_DOWN"
        LAPSED = "LAPSED"

    TRANSITIONS: ClassVar = {
        "OPEN": {"TAKEN_UP", "TURNED_DOWN", "LAPSED"},
        "TAKEN_UP": set(),
        "TURNED_DOWN": set(),
        "LAPSED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value.capitalize()) for kind in Kind])
    bar = models.FloatField()
    evidence = models.JSONField()
    fit_run = models.ForeignKey(FitRun, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason_text = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    ground_lost_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="proposal_ground_is_fixed",
                fields=["worker", "scope", "kind", "bar", "evidence", "fit_run", "proposed_at"],
            ),
            pgtrigger.Protect(name="proposal_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="proposal_closes_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="OPEN") & pgtrigger.Q(old__state__df=pgtrigger.F("new__state")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["worker", "scope"], condition=Q(settled_at__isnull=True), name="proposal_one_unsettled"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", closed_by__isnull=True, closed_at__isnull=True, settled_at__isnull=True)
                | Q(state="TAKEN_UP", closed_by__isnull=False, closed_at__isnull=False)
                | Q(state="TURNED_DOWN", closed_by__isnull=False, closed_at__isnull=False, settled_at__isnull=False)
                & ~Q(reason_text="")
                | Q(state="LAPSED", closed_by__isnull=True, closed_at__isnull=False, settled_at__isnull=False)
                & ~Q(reason_text=""),
                name="proposal_closed_by_a_person_or_lapsed",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("worker")), name="proposal_never_closed_by_oneself"
            ),
            models.CheckConstraint(condition=Q(bar__gt=0, bar__lt=1), name="proposal_bar_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.worker_id}"


class ScopePause(models.Model):
    """A row is one stretch of time in which a worker is paused in a scope by a person's decision, told by its owner.

    ``source_key`` names the decision. Half-open; ``ended_at`` null = now. While it lasts only a return is proposed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    source_key = models.CharField(max_length=200, unique=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["worker", "scope"], condition=Q(ended_at__isnull=True), name="scope_pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="scope_pause_ends_after_begin"
            ),
            models.CheckConstraint(condition=~Q(source_key=""), name="scope_pause_has_a_source"),
        ]

    def __str__(self) -> str:
        return self.source_key


class DriftAlarm(models.Model):
    """A row is one stretch of nights on which a worker's judged work in one scope seemed to have fallen. It decides nothing.

    ``raised_at`` is the first of these nights and ``checked_at`` the last; ``ended_at`` null = it goes on, with figures as
    of ``checked_at``: shares (0..1) with 90 % intervals from before ``since_at`` and after, the judged ``answers`` since, and
    the log likelihood ratio for a fall. One that has ended is the history and never changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    since_at = models.DateTimeField()
    mean_before = models.FloatField()
    low90_before = models.FloatField()
    high90_before = models.FloatField()
    mean_after = models.FloatField()
    low90_after = models.FloatField()
    high90_after = models.FloatField()
    answers = models.FloatField()
    evidence = models.FloatField()

    class Meta:
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="drift_alarm_is_of_one_worker", fields=["worker", "scope", "raised_at"]),
            pgtrigger.Protect(name="drift_alarm_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="drift_alarm_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["worker", "scope"], condition=Q(ended_at__isnull=True), name="drift_alarm_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(checked_at__gte=F("raised_at"), since_at__lte=F("checked_at"))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("raised_at"))),
                name="drift_alarm_nights_in_order",
            ),
            models.CheckConstraint(
                condition=Q(low90_before__gte=0, low90_before__lte=F("mean_before"))
                & Q(high90_before__gte=F("mean_before"), high90_before__lte=1)
                & Q(low90_after__gte=0, low90_after__lte=F("mean_after"))
                & Q(high90_after__gte=F("mean_after"), high90_after__lte=1),
                name="drift_alarm_means_within_intervals",
            ),
            models.CheckConstraint(condition=Q(answers__gt=0, evidence__gt=0), name="drift_alarm_rests_on_answers"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.mean_before:.2f} -> {self.mean_after:.2f}"

    @property
    def fall(self) -> Fall:
        """The fall as a value."""
        return Fall(
            since=self.since_at,
            before=Level(mean=self.mean_before, low90=self.low90_before, high90=self.high90_before),
            after=Level(mean=self.mean_after, low90=self.low90_after, high90=self.high90_after),
            answers=self.answers,
            evidence=self.evidence,
        )
