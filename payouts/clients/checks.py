"""The checks of clients' money for ``manage.py verify``."""

from common.verification import register_check
from payouts.clients import audit

register_check("payouts.clients.booked_as_approved", audit.find_unbooked_movements)
register_check("payouts.clients.usage_booked", audit.find_wrong_usage)
