"""Refusals of work."""

from common.errors import Conflict, NotFound


class BatchNotFound(NotFound):
    """No such batch within the caller's scope."""

    title = "There is no such batch"


class TaskNotFound(NotFound):
    """No such task within the caller's scope."""

    title = "There is no such task"


class ClaimNotFound(NotFound):
    """No such claim of the caller's."""

    title = "There is no such claim"


class SubmissionNotFound(NotFound):
    """No such submission within the caller's scope."""

    title = "There is no such submission"


class ReviewNotFound(NotFound):
    """No such review within the caller's scope."""

    title = "There is no such review"


class TaskTaken(Conflict):
    """Every place of the task is taken, or the expert has claimed it."""

    code = "task_taken"
    title = "This task is taken"


class NoTaskLeft(Conflict):
    """Nothing to claim for this expert now."""

    code = "no_task_left"
    title = "There is no task for you in this project now"


class WorkNotOpen(Conflict):
    """Project, batch or engagement is paused or has ended."""

    code = "work_not_open"
    title = "No work can be claimed here now"


class BudgetExhausted(Conflict):
    """The project's budget does not cover one more claim."""

    code = "budget_exhausted"
    title = "The project's budget does not cover one more task"


class LeaseEnded(Conflict):
    """The claim is not active any more."""

    code = "lease_ended"
    title = "This claim is not active any more; your draft is kept"


class SubmissionAlreadyDecided(Conflict):
    """Somebody has decided."""

    code = "already_decided"
    title = "This submission is decided already"


class BatchNameTaken(Conflict):
    """The project has a batch with this name."""

    code = "batch_name_taken"
    title = "Another batch of this project has this name"


class ReportNotFound(NotFound):
    """No such import report within the caller's scope."""

    title = "There is no such import report"


class ScopePaused(Conflict):
    """A person's decision keeps the expert from new work of this kind for now."""

    code = "scope_paused"
    title = "New work of this kind is closed to you for now; your standing says why, and how to appeal"
