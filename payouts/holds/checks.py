"""The check of holds for ``manage.py verify``."""

from common.verification import register_check
from payouts.holds import audit

register_check("payouts.holds.held_equals_holds", audit.find_money_held_for_nothing)
