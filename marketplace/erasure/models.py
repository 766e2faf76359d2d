"""Requests to be forgotten. What came of them stands in the journal (``common.models.Erasure``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.permissions import has_grant
from common.states import TransitionTable
from marketplace.erasure.rules import answer_due


class ErasureRequestQuerySet(models.QuerySet["ErasureRequest"]):
    """Requests, scoped to who asks."""

    def visible_to(self, user: Any) -> ErasureRequestQuerySet:
        """Return all to those who carry them out and to auditors, their own to everyone else."""
        if has_grant(user, "people.erase") or has_grant(user, "audit.read"):
            return self
        return self.filter(person_id=user.pk)


class ErasureRequest(models.Model):
    """A row is one request that a person be forgotten, asked by themselves, or by an operator to whom they wrote.

    States: OPEN → CARRIED_OUT or REFUSED (by somebody who is neither the person nor who asked), or WITHDRAWN.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        CARRIED_OUT = "CARRIED_OUT", "Carried out"
        REFUSED = "REFUSED"
        WITHDRAWN = "WITHDRAWN"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "OPEN": {"CARRIED_OUT", "REFUSED", "WITHDRAWN"},
        "CARRIED_OUT": set(),
        "REFUSED": set(),
        "WITHDRAWN": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="OPEN"), name="erasure_request_one_open"),
            models.CheckConstraint(
                # NOT IN fails closed: a state that nobody thought of needs another person's decision.
                condition=Q(state="OPEN", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="WITHDRAWN", decided_by__isnull=False, decided_at__isnull=False)
                | ~Q(state__in=["OPEN", "WITHDRAWN"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("person"))
                & ~Q(decided_by=F("asked_by")),
                name="erasure_request_decided_by_another",
            ),
            models.CheckConstraint(condition=~Q(state="REFUSED") | ~Q(answer=""), name="erasure_refused_with_words"),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="erasure_request_by_person")]

    def __str__(self) -> str:
        return f"{self.state} {self.person_id}"

    @property
    def due_at(self) -> datetime:
        """By when the person has to be answered."""
        return answer_due(self.asked_at)
