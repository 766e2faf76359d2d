"""The timer, time entries, the weekly sheet and its approval."""
