"""The check of taxes for ``manage.py verify``."""

from common.verification import register_check
from payouts.taxes import audit

register_check("payouts.taxes.remitted_as_approved", audit.find_unbooked_remittances)
