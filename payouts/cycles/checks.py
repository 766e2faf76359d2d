"""The checks of cycles for ``manage.py verify``, and before a month is closed."""

from common.verification import register_check
from payouts.cycles import audit, guards
from payouts.ledger.closing import register_close_check

register_check("payouts.cycles.lines_as_approved", audit.find_changed_cycles)
register_check("payouts.cycles.lines_equal_earnings", audit.find_unearned_lines)
register_check("payouts.cycles.payouts_equal_lines", audit.find_unlined_payouts)
register_check("payouts.cycles.inflight_equals_payouts", audit.find_inflight_without_payouts)

register_close_check("cycles", "Each cycle approved in the month has ended", guards.cycles_have_ended)
