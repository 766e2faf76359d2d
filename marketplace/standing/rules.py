"""Who may, and the time limits of appeals and cases."""

from datetime import timedelta
from typing import Final

APPEAL_WITHIN = timedelta(days=30)
#: Source: the platform's own promise of three working days, counted as five days on the calendar.
ANSWER_WITHIN = timedelta(days=5)
SHORTEST_APPEAL = 20

# Cases: who may, and their time limits.
OPEN_CASES: Final = "proposals.decide"
DECIDE_CASES: Final = "cases.decide"
#: Source: product.md, state machine 14.
ANSWER_WINDOW: Final = timedelta(days=7)
EXTENSION: Final = timedelta(days=7)
#: A decision is promised this long after the answer window has ended; nothing happens by itself when it is missed.
DECIDE_WITHIN: Final = timedelta(days=5)
#: An appeal that nobody has decided by then is decided for the worker.
CASE_APPEAL_WITHIN: Final = timedelta(days=14)
LATE_ANSWER: Final = "Nobody uninvolved decided this appeal in time, so it is decided for you."
#: The only reasons for a pause before a decision.
URGENT_CODES: Final = {
    "SAFETY": "Somebody could be harmed",
    "CLIENT_DATA": "Data of a client is at risk",
    "FRAUD": "Work or money is being taken by deceit now",
}
#: What a decision may be, by what was asked for.
OUTCOMES: Final = {
    "PAUSE": ("NO_ACTION", "FEEDBACK", "PAUSED"),
    "COACH": ("NO_ACTION", "FEEDBACK"),
    "PROMOTE": ("NO_ACTION", "PROMOTED"),
    "RESTORE": ("NO_ACTION", "RESTORED"),
}
ADVERSE: Final = ("PAUSED", "FEEDBACK")
SHORTEST_REASON: Final = 40
