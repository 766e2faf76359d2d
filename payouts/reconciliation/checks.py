"""The check of reconciliation for ``manage.py verify``."""

from common.verification import register_check
from payouts.reconciliation import audit

register_check("payouts.reconciliation.matches_are_even", audit.find_uneven_matches)
