"""Time limits of appeals."""

from datetime import timedelta

APPEAL_WITHIN = timedelta(days=30)
#: Source: the platform's own promise of three working days, counted as five days on the calendar.
ANSWER_WITHIN = timedelta(days=5)
SHORTEST_APPEAL = 20
