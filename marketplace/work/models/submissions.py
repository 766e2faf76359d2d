"""From submission to outcome: what was handed in, what was decided, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from marketplace.identity.models import User
from marketplace.projects.models import Guidelines, Project
from marketplace.work.models.tasks import Claim


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Submissions, scoped to who asks."""

    def visible_to(self, user: User) -> SubmissionQuerySet:
        """Return one's own submissions and those in one's organizations' projects."""
        return self.filter(Q(claim__expert_user_id=user.pk) | Q(claim__project__in=Project.objects.managed_by(user)))


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews, scoped to who asks."""

    def visible_to(self, user: User) -> ReviewQuerySet:
        """Return reviews of one's own work and those in one's organizations' projects."""
        managed = Q(submission__claim__project__in=Project.objects.managed_by(user))
        return self.filter(Q(author_id=user.pk) | managed)


class Submission(models.Model):
    """A row is one version of handed-in work. Its content is never changed; a return leads to the next version.

    States: SUBMITTED → ACCEPTED | RETURNED | REJECTED; an appeal that is won turns REJECTED into ACCEPTED.
    """

    class State(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        ACCEPTED = "ACCEPTED"
        RETURNED = "RETURNED"
        REJECTED = "REJECTED"

    TRANSITIONS: ClassVar = {
        "SUBMITTED": {"ACCEPTED", "RETURNED", "REJECTED"},
        "RETURNED": {"ACCEPTED"},
        "REJECTED": {"ACCEPTED"},
        "ACCEPTED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    guidelines = models.ForeignKey(Guidelines, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "number"], name="submission_number_once"),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state="SUBMITTED"),
                name="submission_one_undecided",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state="ACCEPTED"),
                name="submission_one_accepted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["submitted_at", "id"],
                condition=Q(state="SUBMITTED"),
                name="submission_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} v{self.number}"


class Review(models.Model):
    """A row is one person's decision on one submission, with scores 0..1 by criterion and typed errors. Never changed.

    A return or rejection needs a code and words. Nobody reviews their own work.
    """

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("reason_text",)

    class Decision(models.TextChoices):
        ACCEPT = "ACCEPT"
        RETURN = "RETURN"
        REJECT = "REJECT"

    class ReasonCode(models.TextChoices):
        MISSED_CHECK = "MISSED_CHECK", "An attention check was missed"
        GUIDELINES = "GUIDELINES", "Guidelines not followed"
        ACCURACY = "ACCURACY", "Accuracy"
        INCOMPLETE = "INCOMPLETE", "Incomplete"
        OTHER = "OTHER", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_given")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reviews_received",
    )
    decision = models.CharField(max_length=6, choices=Decision)
    reason_code = models.CharField(max_length=20, choices=ReasonCode, blank=True)
    reason_text = models.TextField(blank=True)
    decided_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        triggers = append_only_triggers("reason_text")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reviewer=F("author")), name="review_never_of_own_work"),
            models.CheckConstraint(
                condition=Q(decision="ACCEPT") | (~Q(reason_code="") & ~Q(reason_text="")),
                name="review_refuses_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.submission_id}"


class ReviewScore(models.Model):
    """A row is the score (0..1) of one criterion in a review."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="scores")
    criterion = models.CharField(max_length=80)
    score = models.FloatField()

    class Meta:
        triggers = append_only_triggers()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "criterion"], name="review_score_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="review_score_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.score}"


class ReviewError(models.Model):
    """A row is one typed error that a reviewer found."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("note",)

    class Severity(models.TextChoices):
        MINOR = "MINOR"
        MAJOR = "MAJOR"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="errors")
    category = models.CharField(max_length=80)
    severity = models.CharField(max_length=5, choices=Severity)
    note = models.TextField(blank=True)

    class Meta:
        triggers = append_only_triggers("note")

    def __str__(self) -> str:
        return f"{self.category} {self.severity}"


class AcceptanceOrderQuerySet(models.QuerySet["AcceptanceOrder"]):
    """Orders, scoped to who asks."""

    def visible_to(self, user: User) -> AcceptanceOrderQuerySet:
        """Return one's own orders."""
        return self.filter(ordered_by_id=user.pk)


class AcceptanceOrder(models.Model):
    """A row is a reviewer's word to accept one submission among many at once; a worker carries it out.

    States: WAITING → DONE (the review exists) or REFUSED, with the code and words of what stood in the way.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        DONE = "DONE"
        REFUSED = "REFUSED"

    TRANSITIONS: ClassVar = {"WAITING": {"DONE", "REFUSED"}, "DONE": set(), "REFUSED": set()}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="acceptance_orders")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scores = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    refusal_code = models.CharField(max_length=64, blank=True)
    refusal_text = models.TextField(blank=True)
    ordered_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = AcceptanceOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(state="WAITING"), name="acceptance_ordered_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", settled_at=None) | (~Q(state="WAITING") & Q(settled_at__isnull=False)),
                name="acceptance_settled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="REFUSED") ^ (Q(refusal_code="") & Q(refusal_text="")),
                name="acceptance_refused_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ordered_at", "id"], condition=Q(state="WAITING"), name="acceptance_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.submission_id}"


class Outcome(models.Model):
    """A row is what became of one accepted piece of work at its client's; the newest of a submission counts. It changes no pay."""

    append_only: ClassVar[bool] = True
    erasable: ClassVar = ("reason_text",)

    class Kind(models.TextChoices):
        KEPT = "KEPT", "Kept as it is"
        REWORKED = "REWORKED", "Reworked"
        DISCARDED = "DISCARDED", "Not used"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=9, choices=Kind)
    reason_text = models.TextField(blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()

    class Meta:
        triggers = append_only_triggers("reason_text")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind="KEPT") | ~Q(reason_text=""), name="outcome_unkept_with_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["submission", "-id"], name="outcome_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.submission_id}"
