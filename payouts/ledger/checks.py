"""The checks of the books for ``manage.py verify``, and before a month is closed."""

from common.verification import register_check
from payouts.ledger import audit, readiness
from payouts.ledger.closing import register_close_check

register_check("payouts.ledger.entries_unaltered", audit.find_altered_entries)
register_check("payouts.ledger.lines_whole", audit.find_stray_lines)
register_check("payouts.ledger.balances_equal_lines", audit.find_drifted_balances)
register_check("payouts.ledger.entries_in_their_period", audit.find_misdated_entries)
register_check("payouts.ledger.reversals_mirror", audit.find_unmirrored_reversals)
register_check("payouts.ledger.seals_chain", audit.find_broken_links)

register_close_check("balances", "Each kept balance is the sum of its lines", readiness.balances_follow_lines)
register_close_check("chained", "Each entry of the month is in the chain", readiness.entries_are_sealed)
register_close_check("in_order", "Each earlier month is closed", readiness.earlier_months_are_closed)
register_close_check("over", "The month has ended", readiness.month_is_over)
