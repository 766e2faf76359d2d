"""The checks of earnings for ``manage.py verify``."""

from common.verification import register_check
from payouts.earnings import audit

register_check("payouts.earnings.posted_alike", audit.find_unposted_earnings)
register_check("payouts.earnings.entries_earned", audit.find_unearned_entries)
