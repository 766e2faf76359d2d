"""The checks of clients' money for ``manage.py verify``."""

from common.verification import register_check
from payouts.clients import audit

register_check("payouts.clients.booked_as_approved", audit.find_unbooked_movements)
register_check("payouts.clients.usage_booked", audit.find_wrong_usage)
register_check("payouts.clients.invoices_are_charges", audit.find_wrong_invoices)
register_check("payouts.clients.numbers_whole", audit.find_missing_numbers)
