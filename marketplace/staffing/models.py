"""Invitations, offers with frozen terms, and engagements."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from marketplace.experts.models import Expert
from marketplace.hiring.models import Application
from marketplace.identity.models import User
from marketplace.identity.queries import find_roles
from marketplace.projects.models import Opening, RateLine


class StaffingQuerySet(models.QuerySet[Any]):
    """Invitations, offers or engagements, scoped to who asks."""

    def visible_to(self, user: User) -> StaffingQuerySet:
        """Return one's own and those of openings of the organizations in which one reads projects."""
        roles = find_roles(user)
        managed = Q(opening__project__organization__in=roles.organizations_with("projects.read"))
        return self.filter(Q(expert__user_id=user.pk) | managed if roles.is_expert else managed)


class Invitation(models.Model):
    """A row asks one expert to apply for one opening until it expires. States: SENT → ACCEPTED | DECLINED | EXPIRED | WITHDRAWN."""

    class State(models.TextChoices):
        SENT = "SENT"
        ACCEPTED = "ACCEPTED"
        DECLINED = "DECLINED"
        EXPIRED = "EXPIRED"
        WITHDRAWN = "WITHDRAWN"

    TRANSITIONS: ClassVar = {"SENT": {"ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN"}}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="invitations")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="invitations")
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    message = models.TextField(blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = StaffingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opening", "expert"],
                condition=Q(state="SENT"),
                name="invitation_one_live",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")),
                name="invitation_expires_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} for {self.opening_id}"


class Offer(models.Model):
    """A row offers an opening on the terms of one frozen pay line. States: SENT → ACCEPTED | DECLINED | EXPIRED | RESCINDED.

    ``terms`` repeats in words and figures what was offered, as the expert saw it.
    """

    class State(models.TextChoices):
        SENT = "SENT"
        ACCEPTED = "ACCEPTED"
        DECLINED = "DECLINED"
        EXPIRED = "EXPIRED"
        RESCINDED = "RESCINDED"

    TRANSITIONS: ClassVar = {"SENT": {"ACCEPTED", "DECLINED", "EXPIRED", "RESCINDED"}}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="offers")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="offers")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="offers")
    pay_line = models.ForeignKey(RateLine, on_delete=models.PROTECT, related_name="+")
    weekly_cap_minutes = models.PositiveIntegerField()
    terms = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = StaffingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opening", "expert"],
                condition=Q(state="SENT"),
                name="offer_one_live",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="offer_expires_later"),
            models.CheckConstraint(
                condition=~Q(state="RESCINDED") | (~Q(reason_code="") & ~Q(reason_text="")),
                name="offer_rescinded_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} for {self.opening_id}"


class Engagement(models.Model):
    """A row is an expert hired for an opening on the accepted offer's pay line, until it is ended with a reason.

    States: PRODUCTION ↔ PAUSED → ENDED. Weeks of its time sheet begin in ``timezone``, the expert's at acceptance.
    """

    class State(models.TextChoices):
        PRODUCTION = "PRODUCTION"
        PAUSED = "PAUSED"
        ENDED = "ENDED"

    TRANSITIONS: ClassVar = {
        "PRODUCTION": {"PAUSED", "ENDED"},
        "PAUSED": {"PRODUCTION", "ENDED"},
        "ENDED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="engagements")
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="engagements")
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="engagement")
    pay_line = models.ForeignKey(RateLine, on_delete=models.PROTECT, related_name="+")
    weekly_cap_minutes = models.PositiveIntegerField()
    timezone = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.PRODUCTION)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = StaffingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["expert", "opening"],
                condition=~Q(state="ENDED"),
                name="engagement_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state="ENDED", ended_at__isnull=False) & ~Q(reason_code="") & ~Q(reason_text="")
                | (~Q(state="ENDED") & Q(ended_at__isnull=True)),
                name="engagement_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} in {self.opening_id}"
