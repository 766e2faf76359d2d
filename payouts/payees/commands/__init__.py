"""The verbs of payees: say how one is paid, take over the provider's word, hold and lift."""

from payouts.payees.commands.accounts import (
    compare_destinations,
    refresh_account,
    refresh_payee,
    register_payee,
    start_onboarding,
)
from payouts.payees.commands.holds import appeal, hold_after_security_change, lift, place, propose_lift
from payouts.payees.commands.reminders import remind_of_expiry
from payouts.payees.commands.screening import hold_duplicates, import_list, screen_due, screen_payee
from payouts.payees.commands.tax import review_tax_form, submit_tax_form

__all__ = [
    "appeal",
    "compare_destinations",
    "hold_after_security_change",
    "hold_duplicates",
    "import_list",
    "lift",
    "place",
    "propose_lift",
    "refresh_account",
    "refresh_payee",
    "register_payee",
    "remind_of_expiry",
    "review_tax_form",
    "screen_due",
    "screen_payee",
    "start_onboarding",
    "submit_tax_form",
]
