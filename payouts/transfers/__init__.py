"""Payouts one by one: reserved in the books, sent by attempts, followed to the bank."""
