"""The JSON of work: what comes in, what goes out. Planted errors have no field here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CodeField, NameField, Serializer, TextField
from common.text import clean_name
from marketplace.work.commands.acceptances import MOST_AT_ONCE
from marketplace.work.commands.outcomes import MOST_AT_ONCE as MOST_OUTCOMES
from marketplace.work.models import AcceptanceOrder, Batch, Claim, Outcome, Review, ReviewError, Submission, Task
from marketplace.work.queries import Result

MOST_CRITERIA = 50


class BatchIn(Serializer):
    """A batch as JSON: its name and rows."""

    name = NameField()
    tasks = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=10_000)
    dry_run = serializers.BooleanField(required=False, default=False)


class BatchUploadIn(Serializer):
    """A batch as a file: CSV, JSON or JSON lines."""

    name = NameField()
    file = serializers.FileField()
    dry_run = serializers.BooleanField(required=False, default=False)


class BatchStateIn(Serializer):
    """Where a batch goes."""

    state = serializers.ChoiceField(["PAUSED", "IN_PROGRESS", "CANCELLED"])


class BatchOut(serializers.ModelSerializer[Batch]):
    """A batch."""

    project = serializers.UUIDField(source="project_id")

    class Meta:
        model = Batch
        fields = ("id", "project", "name", "state", "task_count", "created_at", "completed_at", "version")


class BatchDetailOut(BatchOut):
    """A batch with how far it is."""

    wanted = serializers.IntegerField()
    taken = serializers.IntegerField()
    accepted = serializers.IntegerField()
    to_review = serializers.IntegerField()

    class Meta:
        model = Batch
        fields = (*BatchOut.Meta.fields, "wanted", "taken", "accepted", "to_review")


class ImportOut(serializers.Serializer[Any]):
    """What came of an import: the batch, unless it was a dry run, and the report with every bad row."""

    batch = BatchOut(allow_null=True)
    is_new = serializers.BooleanField()
    report = serializers.UUIDField()
    row_count = serializers.IntegerField()
    bad_rows = serializers.ListField(child=serializers.DictField())


class ResultOut(serializers.Serializer[Any]):
    """One piece of accepted work; ``worker`` is a pseudonym, stable within the organization."""

    submission_id = serializers.UUIDField()
    external_id = serializers.CharField()
    worker = serializers.CharField()
    content = serializers.JSONField()
    submitted_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField()


class OutcomeIn(Serializer):
    """What became of one accepted submission."""

    submission_id = serializers.UUIDField()
    kind = serializers.ChoiceField(Outcome.Kind.choices)
    reason_text = TextField(required=False, default="", allow_blank=True, max_length=5000)


class OutcomesIn(Serializer):
    """What became of accepted work; anything but KEPT needs a reason, which the expert reads."""

    outcomes = serializers.ListField(child=OutcomeIn(), min_length=1, max_length=MOST_OUTCOMES)


class OutcomeOut(serializers.ModelSerializer[Outcome]):
    """A report on what became of one submission."""

    submission_id = serializers.UUIDField()
    external_id = serializers.CharField(source="submission.claim.task.external_id")

    class Meta:
        model = Outcome
        fields = ("id", "submission_id", "external_id", "kind", "reason_text", "reported_at")


class RankedItemOut(serializers.Serializer[Any]):
    """A compared item. Of two, a reliable expert prefers the first with odds exp(its score - the other's)."""

    item = serializers.CharField()
    score = serializers.FloatField(help_text="A logit.")
    score_se = serializers.FloatField()
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    comparisons = serializers.IntegerField()


class AnswerOut(serializers.Serializer[Any]):
    """What everybody's labels say of one task; null until some minutes after two people labeled it."""

    external_id = serializers.CharField()
    answer = serializers.CharField(allow_null=True)
    share = serializers.FloatField(allow_null=True, help_text="Probability of the answer, 0 to 1.")
    shares = serializers.DictField(child=serializers.FloatField(), help_text="Probability of each class.")
    labels = serializers.IntegerField(help_text="People who labeled the task.")


class TaskOut(serializers.ModelSerializer[Task]):
    """A task as an expert or manager sees it."""

    batch = serializers.UUIDField(source="batch_id")
    project = serializers.UUIDField(source="batch.project_id")
    content = serializers.JSONField()

    class Meta:
        model = Task
        fields = ("id", "batch", "project", "external_id", "content", "wanted", "taken", "accepted", "priority")


class ClaimOut(serializers.ModelSerializer[Claim]):
    """A claim: until when the lease holds, and what is reserved for it."""

    task = serializers.UUIDField(source="task_id")
    project = serializers.UUIDField(source="project_id")
    reserved_currency = serializers.CharField(source="pay_line.currency")

    class Meta:
        model = Claim
        fields = (
            "id",
            "task",
            "project",
            "state",
            "reserved_minor",
            "reserved_currency",
            "claimed_at",
            "lease_until",
            "version",
        )


class ClaimFilter(Serializer):
    """Narrows one's own claims."""

    state = serializers.ChoiceField(Claim.State.choices, required=False)


class ContentIn(Serializer):
    """Work, finished or not; its shape follows the project's task kind."""

    content = serializers.JSONField()


class DraftOut(serializers.Serializer[Any]):
    """The saved state of unfinished work."""

    content = serializers.JSONField()
    saved_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class SubmissionOut(serializers.ModelSerializer[Submission]):
    """A version of handed-in work."""

    claim = serializers.UUIDField(source="claim_id")
    task = serializers.UUIDField(source="claim.task_id")
    project = serializers.UUIDField(source="claim.project_id")
    external_id = serializers.CharField(source="claim.task.external_id")
    content = serializers.JSONField()

    class Meta:
        model = Submission
        fields = (
            "id",
            "claim",
            "task",
            "project",
            "external_id",
            "number",
            "content",
            "state",
            "submitted_at",
            "decided_at",
        )


class SubmissionFilter(Serializer):
    """Narrows the list of submissions."""

    state = serializers.ChoiceField(Submission.State.choices, required=False)
    project = serializers.UUIDField(required=False)


class TypedErrorIn(Serializer):
    """An error that the reviewer found."""

    category = NameField(max_length=80)
    severity = serializers.ChoiceField(ReviewError.Severity.choices)
    note = TextField(required=False, allow_blank=True, max_length=4000)


class ShareField(serializers.FloatField):
    """A JSON number from 0 to 1: no strings or booleans."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("Write a number from 0 to 1, without quotes.", code="invalid")
        return super().to_internal_value(data)


class ScoresField(serializers.DictField):
    """Shares by the name of their criterion, at most fifty."""

    child = ShareField()

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        scores = super().to_internal_value(data)
        if len(scores) > MOST_CRITERIA:
            raise serializers.ValidationError(f"At most {MOST_CRITERIA} criteria are allowed.", code="invalid")
        for name in scores:
            try:
                clean_name(name, max_length=80)
            except ValueError as error:
                raise serializers.ValidationError(f"A criterion's name {error}.", code="invalid") from error
        return scores


class ReviewIn(Serializer):
    """A decision; a return or rejection says why."""

    decision = serializers.ChoiceField(Review.Decision.choices)
    scores = ScoresField(required=False, default=dict)
    errors = serializers.ListField(child=TypedErrorIn(), required=False, max_length=500)  # type: ignore[assignment]
    reason_code = CodeField(required=False, allow_blank=True, max_length=20)
    reason_text = TextField(required=False, allow_blank=True, max_length=8000)


class AcceptancesIn(Serializer):
    """Submissions to accept at once, with the same scores for all."""

    submissions = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE)
    scores = ScoresField(required=False, default=dict)


class AcceptancesOut(serializers.Serializer[Any]):
    """How many orders are new; what was ordered before is not ordered again."""

    ordered = serializers.IntegerField()


class AcceptanceOrderOut(serializers.ModelSerializer[AcceptanceOrder]):
    """One's word to accept a submission, and what came of it."""

    submission = serializers.UUIDField(source="submission_id")
    external_id = serializers.CharField(source="submission.claim.task.external_id")

    class Meta:
        model = AcceptanceOrder
        fields = (
            "id",
            "submission",
            "external_id",
            "state",
            "scores",
            "refusal_code",
            "refusal_text",
            "ordered_at",
            "settled_at",
        )


class AcceptanceOrderFilter(Serializer):
    """Narrows one's orders."""

    state = serializers.ChoiceField(AcceptanceOrder.State.choices, required=False)


class ReviewOut(serializers.Serializer[Any]):
    """A decision as the expert reads it; who decided is not named."""

    id = serializers.UUIDField()
    submission = serializers.UUIDField(source="submission_id")
    decision = serializers.CharField()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    scores = serializers.SerializerMethodField()
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]
    decided_at = serializers.DateTimeField()

    def get_scores(self, review: Review) -> dict[str, float]:
        """Return the scores by criterion."""
        return {score.criterion: score.score for score in review.scores.all()}

    def get_errors(self, review: Review) -> list[dict[str, str]]:
        """Return the typed errors."""
        return [{"category": e.category, "severity": e.severity, "note": e.note} for e in review.errors.all()]


def show_result(result: Result) -> dict[str, Any]:
    """Return a result as JSON."""
    return dict(ResultOut(result).data)
