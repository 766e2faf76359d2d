"""Applications: an expert asks for an opening, a person decides and says why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.identifiers import uuid7
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.models import Opening


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications, scoped to who asks."""

    def visible_to(self, user: User) -> ApplicationQuerySet:
        """Return one's own applications and those for openings of one's organizations."""
        decided = Q(opening__project__organization__in=organizations_with(user, "hiring.decide"))
        return self.filter(Q(expert__user_id=user.pk) | decided)


class Application(models.Model):
    """A row is one expert's application for one opening; a rejection always carries a code and words the expert sees.

    States: SUBMITTED → SHORTLISTED → OFFERED → HIRED; WITHDRAWN by the expert, REJECTED by a manager, DECLINED when an offer was.
    """

    class State(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        SHORTLISTED = "SHORTLISTED"
        OFFERED = "OFFERED"
        HIRED = "HIRED"
        DECLINED = "DECLINED"
        WITHDRAWN = "WITHDRAWN"
        REJECTED = "REJECTED"

    TRANSITIONS: ClassVar = {
        "SUBMITTED": {"SHORTLISTED", "OFFERED", "WITHDRAWN", "REJECTED"},
        "SHORTLISTED": {"OFFERED", "WITHDRAWN", "REJECTED"},
        "OFFERED": {"HIRED", "DECLINED", "SHORTLISTED"},
        "HIRED": set(),
        "DECLINED": set(),
        "WITHDRAWN": set(),
        "REJECTED": set(),
    }
    LIVE: ClassVar = ("SUBMITTED", "SHORTLISTED", "OFFERED")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="applications")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=12, choices=State, default=State.SUBMITTED)
    note = models.TextField(blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opening", "expert"],
                condition=Q(state__in=["SUBMITTED", "SHORTLISTED", "OFFERED", "HIRED"]),
                name="application_one_live",
            ),
            models.CheckConstraint(
                condition=~Q(state="REJECTED") | (~Q(reason_code="") & ~Q(reason_text="")),
                name="application_rejected_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} for {self.opening_id}"
