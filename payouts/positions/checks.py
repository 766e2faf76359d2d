"""The checks of positions for ``manage.py verify``."""

from common.verification import register_check
from payouts.positions import audit

register_check("payouts.positions.explained", audit.find_unexplained_positions)
register_check("payouts.positions.settled_as_approved", audit.find_unbooked_settlements)
