"""Payouts: what is owed, and how it reaches a bank exactly once."""
