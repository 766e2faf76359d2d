"""The checks of conversions for ``manage.py verify``."""

from common.verification import register_check
from payouts.fx import audit

register_check("payouts.fx.conversions_true", audit.find_untrue_conversions)
register_check("payouts.fx.conversions_booked", audit.find_unbooked_conversions)
