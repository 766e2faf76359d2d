"""Refusals of the quality app."""

from __future__ import annotations

from common.errors import Conflict, NotFound


class EvidenceAlreadyRecorded(Conflict):
    """The same source key came before with other content; what was recorded stays."""

    code = "evidence_already_recorded"
    title = "This was recorded before with other content"


class RefitRunning(Conflict):
    """One refit at a time: its figures would take the place of those of the other."""

    code = "refit_running"
    title = "A refit is running"


class JudgmentAlreadySuperseded(Conflict):
    """A judgment is replaced at most once; replace its successor instead."""

    code = "judgment_already_superseded"
    title = "This judgment has been replaced already"


class JudgmentNotFound(NotFound):
    """No judgment with this source key."""

    code = "judgment_not_found"
    title = "There is no such judgment"


class GoldNotFound(NotFound):
    """No planted item with this source key."""

    code = "gold_not_found"
    title = "There is no such planted item"


class GoldAlreadyRetired(Conflict):
    """A planted item is retired once, for one reason."""

    code = "gold_already_retired"
    title = "This planted item is retired already"


class ProposalNotFound(NotFound):
    """No such proposal within the caller's scope."""

    code = "proposal_not_found"
    title = "There is no such proposal"


class ProposalNotOpen(Conflict):
    """A proposal is taken up or turned down once, and not after it lapsed."""

    code = "proposal_not_open"
    title = "This proposal is not open any more"


class PausedAlready(Conflict):
    """One pause at a time in a scope."""

    code = "paused_already"
    title = "This worker is paused in this scope already"


class NothingToWithdraw(Conflict):
    """Nothing that this reviewer judged there counts any more."""

    code = "nothing_to_withdraw"
    title = "Nothing of this reviewer counts there"


class WithdrawalNotFound(NotFound):
    """No such withdrawal."""

    code = "withdrawal_not_found"
    title = "There is no such withdrawal"
