"""Year-end tax files: who gets a Form 1099-NEC or 1042-S over what was paid in a year, and who gets none and why."""
