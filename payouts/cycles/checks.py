"""The checks of cycles for ``manage.py verify``."""

from common.verification import register_check
from payouts.cycles import audit

register_check("payouts.cycles.lines_as_approved", audit.find_changed_cycles)
register_check("payouts.cycles.lines_equal_earnings", audit.find_unearned_lines)
register_check("payouts.cycles.payouts_equal_lines", audit.find_unlined_payouts)
register_check("payouts.cycles.inflight_equals_payouts", audit.find_inflight_without_payouts)
