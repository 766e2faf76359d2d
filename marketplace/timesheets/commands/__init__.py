"""Verbs of time: tracking it and deciding on it."""

from marketplace.timesheets.commands.decisions import (
    approve_entries,
    approve_silently,
    cut_entry,
    restore_cut,
)
from marketplace.timesheets.commands.tracking import (
    ReportInput,
    add_manual_entry,
    beat_timer,
    close_silent_timers,
    record_reports,
    start_timer,
    stop_timer,
    withdraw_entry,
)

__all__ = [
    "ReportInput",
    "add_manual_entry",
    "approve_entries",
    "approve_silently",
    "beat_timer",
    "close_silent_timers",
    "cut_entry",
    "record_reports",
    "restore_cut",
    "start_timer",
    "stop_timer",
    "withdraw_entry",
]
