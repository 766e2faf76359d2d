"""The checks of the books for ``manage.py verify``."""

from common.verification import register_check
from payouts.ledger import audit

register_check("payouts.ledger.entries_unaltered", audit.find_altered_entries)
register_check("payouts.ledger.lines_whole", audit.find_stray_lines)
register_check("payouts.ledger.balances_equal_lines", audit.find_drifted_balances)
register_check("payouts.ledger.entries_in_their_period", audit.find_misdated_entries)
register_check("payouts.ledger.seals_chain", audit.find_broken_links)
