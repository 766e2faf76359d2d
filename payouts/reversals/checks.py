"""The check of reversals for ``manage.py verify``."""

from common.verification import register_check
from payouts.reversals import audit

register_check("payouts.reversals.booked", audit.find_unbooked_reversals)
