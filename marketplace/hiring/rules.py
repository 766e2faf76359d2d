"""Why an application may be refused: codes with the words an expert reads."""

REJECTION_CODES = {
    "REQUIREMENT": "A requirement of the opening is not met",
    "SEATS_FILLED": "All seats are filled",
    "EVIDENCE": "The evidence does not support the claimed level",
    "OPENING_CLOSED": "The opening was closed",
    "OTHER": "Another reason",
}
