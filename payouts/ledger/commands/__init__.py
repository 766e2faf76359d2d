"""The verbs of the books: post and reverse entries, seal them into a chain, close a month."""

from payouts.ledger.commands.periods import close_period, keep_open, propose_close
from payouts.ledger.commands.post import post_entries, post_entry, reverse_entry
from payouts.ledger.commands.seal import seal_entries

__all__ = ["close_period", "keep_open", "post_entries", "post_entry", "propose_close", "reverse_entry", "seal_entries"]
