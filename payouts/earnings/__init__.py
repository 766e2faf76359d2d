"""What experts are owed, and for which piece of work."""
