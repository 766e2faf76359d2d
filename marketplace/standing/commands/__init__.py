"""Verbs of standing: appeals against one decision, and cases from opening to appeal."""

from marketplace.standing.commands.answers import (
    answer_case,
    dispute_unit,
    extend_answer,
    give_notice,
    note_lost_ground,
    save_answer_draft,
)
from marketplace.standing.commands.appeals import DECIDE, appeal_review, appeal_time_cut, decide_appeal
from marketplace.standing.commands.case_appeals import appeal_case, decide_case_appeal, decide_late_appeals
from marketplace.standing.commands.decisions import decide_case, pause_urgently
from marketplace.standing.commands.openings import open_case, report_case

__all__ = [
    "DECIDE",
    "answer_case",
    "appeal_case",
    "appeal_review",
    "appeal_time_cut",
    "decide_appeal",
    "decide_case",
    "decide_case_appeal",
    "decide_late_appeals",
    "dispute_unit",
    "extend_answer",
    "give_notice",
    "note_lost_ground",
    "open_case",
    "pause_urgently",
    "report_case",
    "save_answer_draft",
]
