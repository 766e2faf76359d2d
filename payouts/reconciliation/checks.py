"""The checks of reconciliation for ``manage.py verify``, and before a month is closed."""

from common.verification import register_check
from payouts.ledger.closing import register_close_check
from payouts.reconciliation import audit, guards

register_check("payouts.reconciliation.matches_are_even", audit.find_uneven_matches)

register_close_check("breaks", "Each difference with the provider is explained", guards.breaks_are_explained)
register_close_check("compared", "The provider was compared after the month", guards.provider_was_compared)
