"""The checks of payouts for ``manage.py verify``."""

from common.verification import register_check
from payouts.transfers import audit

register_check("payouts.transfers.one_success_each", audit.find_unattempted_transfers)
register_check("payouts.transfers.bodies_unaltered", audit.find_altered_bodies)
