"""Refusals of the quality app."""

from __future__ import annotations

from common.errors import Conflict, NotFound


class EvidenceAlreadyRecorded(Conflict):
    """The same source key came before with other content; what was recorded stays."""

    code = "evidence_already_recorded"
    title = "This was recorded before with other content"


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
