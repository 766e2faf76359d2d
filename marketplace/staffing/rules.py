"""Codes of reasons, with the words an expert reads."""

from datetime import timedelta

OFFER_VALID_FOR = timedelta(days=7)
INVITATION_VALID_FOR = timedelta(days=14)

RESCIND_CODES = {
    "SEATS_FILLED": "All seats were filled",
    "PROJECT_CHANGED": "The project changed",
    "OTHER": "Another reason",
}
END_CODES = {
    "PROJECT_ENDED": "The project ended",
    "BY_EXPERT": "Ended by the expert",
    "SEATS_REDUCED": "Fewer people are needed",
    "OTHER": "Another reason",
}
