"""Clients' money over HTTP."""

READERS = ("billing.read", "finance.read", "audit.read")
"""Whoever reads a client's money: its own people and keys, finance and auditors."""

FINANCE = ("finance.read", "audit.read")
"""Whoever reads everybody's."""
