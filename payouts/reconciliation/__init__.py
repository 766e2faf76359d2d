"""Reconciliation: each of the provider's balance transactions against the books, and what is left over on either side."""
