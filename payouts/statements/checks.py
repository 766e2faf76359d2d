"""The checks of statements for ``manage.py verify``."""

from common.verification import register_check
from payouts.statements import audit

register_check("payouts.statements.equal_payouts", audit.find_wrong_statements)
register_check("payouts.statements.numbers_whole", audit.find_missing_numbers)
register_check("payouts.statements.paid_are_stated", audit.find_missing_statements)
register_check("payouts.statements.earnings_once", audit.find_earnings_stated_twice)
