"""The checks of statements for ``manage.py verify``."""

from common.verification import register_check
from payouts.statements import audit

register_check("payouts.statements.equal_payouts", audit.find_wrong_statements)
register_check("payouts.statements.numbers_whole", audit.find_missing_numbers)
