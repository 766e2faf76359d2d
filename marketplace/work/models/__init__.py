"""Work from batch to delivery. Lock order: batch, task, claim, submission."""

from marketplace.work.models.submissions import AcceptanceOrder, Outcome, Review, ReviewError, ReviewScore, Submission
from marketplace.work.models.tasks import Batch, Claim, Draft, ImportReport, Task

__all__ = [
    "AcceptanceOrder",
    "Batch",
    "Claim",
    "Draft",
    "ImportReport",
    "Outcome",
    "Review",
    "ReviewError",
    "ReviewScore",
    "Submission",
    "Task",
]
