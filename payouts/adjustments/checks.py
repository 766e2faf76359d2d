"""The check of adjustments for ``manage.py verify``."""

from common.verification import register_check
from payouts.adjustments import audit

register_check("payouts.adjustments.booked_as_approved", audit.find_unbooked_adjustments)
