"""What a worker writes on a case besides the answer: disputes of single units, and an answer that is not sent yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from marketplace.standing.models.cases import Case
from marketplace.work.models import Review


class CaseDispute(models.Model):
    """A row is the worker's word that one review among a case's evidence is wrong. Written once; whoever decides reads it."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("text",)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disputes")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("text")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "review"], name="case_dispute_once_a_unit"),
            models.CheckConstraint(condition=~Q(text=""), name="case_dispute_with_words"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.review_id}"


class CaseDraft(models.Model):
    """A row is an answer that its worker has written and not sent. Nobody else reads it; it goes with answer and decision."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="draft")
    text = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="case_draft_with_words")]

    def __str__(self) -> str:
        return str(self.case_id)
