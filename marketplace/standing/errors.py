"""Refusals of appeals."""

from common.errors import Conflict, NotFound


class AppealNotFound(NotFound):
    """No such appeal within the caller's scope."""

    title = "There is no such appeal"


class DecisionNotFound(NotFound):
    """No such decision about the caller's own work or time."""

    title = "There is no such decision about your work"


class NothingToAppeal(Conflict):
    """The decision was in the person's favor."""

    code = "nothing_to_appeal"
    title = "This decision was in your favor"


class AppealedBefore(Conflict):
    """A decision is appealed once."""

    code = "appealed_before"
    title = "This decision was appealed before; an appeal is decided once, by another person"


class AppealTooLate(Conflict):
    """The time for an appeal has passed."""

    code = "appeal_too_late"
    title = "A decision can be appealed within 30 days"


class CaseNotFound(NotFound):
    """No such case within the caller's scope."""

    title = "There is no such case"


class WorkerNotFound(NotFound):
    """Nobody whose work the caller may see."""

    title = "There is no such worker"


class CaseRunning(Conflict):
    """One case about a scope at a time."""

    code = "case_running"
    title = "Another case about this scope is not decided yet"


class AdverseWhileAppealed(Conflict):
    """Whoever took part in a case opens no other against the worker while its appeal is heard."""

    code = "adverse_while_appealed"
    title = (
        "An appeal about this scope is being heard; until it is decided you can't open another case against this person"
    )


class NothingToRestore(Conflict):
    """A return needs a pause."""

    code = "nothing_to_restore"
    title = "This person is not paused in this scope"


class RestrictedAlready(Conflict):
    """One pause a scope."""

    code = "restricted_already"
    title = "This person is paused in this scope already"


class AnswerTooLate(Conflict):
    """The answer window has ended, or a person has decided."""

    code = "answer_too_late"
    title = "This case can't be answered now"


class ExtendedBefore(Conflict):
    """The window is extended once."""

    code = "extended_before"
    title = "You took seven more days before; that is possible once"


class AnswerStillOpen(Conflict):
    """Nothing adverse before the notice, and the answer or the end of its window."""

    code = "answer_still_open"
    title = "The person has not answered, and can until the window ends; only a decision in their favor is possible now"


class GroundLost(Conflict):
    """The evidence was withdrawn."""

    code = "ground_lost"
    title = "The evidence behind this case was withdrawn, so that it can't end in a pause"


class NotUrgent(Conflict):
    """An urgent pause is possible once, before the decision of a case about a pause."""

    code = "not_urgent"
    title = "This case can't be paused urgently"


class UnitNotFound(NotFound):
    """No such review among the evidence of this case."""

    code = "unit_not_found"
    title = "There is no such unit among the evidence of this case"


class DisputedBefore(Conflict):
    """A unit is disputed once."""

    code = "disputed_before"
    title = "You have disputed this unit; what you wrote is with the case"
