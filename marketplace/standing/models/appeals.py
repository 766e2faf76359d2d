"""Appeals: whoever was refused asks once for another person's decision."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.permissions import has_grant
from marketplace.identity.models import Organization, User
from marketplace.identity.queries import organizations_with
from marketplace.timesheets.models import TimeDecision
from marketplace.work.models import Review


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Appeals, scoped to who asks."""

    def visible_to(self, user: User) -> AppealQuerySet:
        """Return one's own appeals, those of organizations in which one decides appeals, and all for an auditor."""
        if has_grant(user, "audit.read"):
            return self
        return self.filter(Q(opened_by=user) | Q(organization__in=organizations_with(user, "appeals.decide")))


class Appeal(models.Model):
    """A row asks that another person decides again on a review or a time cut. One appeal a decision.

    States: OPEN → UPHELD (the first decision stands) | OVERTURNED (the work or time is paid in the same transaction).
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        UPHELD = "UPHELD"
        OVERTURNED = "OVERTURNED"

    TRANSITIONS: ClassVar = {
        "OPEN": {"UPHELD", "OVERTURNED"},
        "UPHELD": set(),
        "OVERTURNED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="appeals")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, null=True, related_name="appeal")
    time_decision = models.OneToOneField(TimeDecision, on_delete=models.PROTECT, null=True, related_name="appeal")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appeals")
    first_decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(review__isnull=False, time_decision__isnull=True)
                | Q(review__isnull=True, time_decision__isnull=False),
                name="appeal_of_one_decision",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (~Q(decided_by=F("first_decided_by")) & ~Q(decided_by=F("opened_by"))),
                name="appeal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", decided_by__isnull=True)
                | (~Q(state="OPEN") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")),
                name="appeal_decided_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"
