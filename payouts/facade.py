"""The only part of payouts that other apps see: commands, values and frozen views. Models do not cross."""

from payouts.console.commands import (
    CycleView,
    approve_cycle,
    cancel_cycle,
    find_cycle,
    list_cycles,
    pay_cycle,
    prepare_cycle,
    tick_cycles,
)
from payouts.console.holds import HoldView, appeal_hold, find_own_hold, list_debts, list_holds
from payouts.console.payees import (
    PayeeHoldView,
    PayeeView,
    PayoutView,
    StatementView,
    appeal_payee_hold,
    find_own_payee_hold,
    list_payee_holds,
    list_payouts,
    list_statements,
    paid_by_currency,
    refresh_payee,
    register_payee,
)
from payouts.console.payees import find_payee_view as find_payee
from payouts.console.queries import (
    CurrencySummary,
    EarningRow,
    EarningTrace,
    ProjectSum,
    WeekSums,
    earnings_summary,
    list_earnings,
    sums_by_project,
    trace_earning,
    weekly_earnings,
)
from payouts.cycles.errors import NothingToPay
from payouts.earnings.commands import post_earning, post_earnings, reverse_earning
from payouts.earnings.errors import (
    EarningAlreadyPosted,
    EarningAlreadyReversed,
    EarningInCycle,
    InvalidEarning,
    UnknownEarning,
)
from payouts.earnings.values import EarningInput, EarningView
from payouts.events import (
    PayeeDestinationChanged,
    PayeeHeld,
    PayeeReady,
    PaymentHeld,
    PayoutFailed,
    PayoutPaid,
    PayoutReturned,
)
from payouts.ledger.errors import PeriodClosed
from payouts.payees.commands import hold_after_security_change, start_onboarding
from payouts.payees.errors import CountryNotPayable, PayeeFixed, ProviderNotReachable, UnknownPayee
from payouts.payees.queries import Payability, pay_route, payability
from payouts.rails.base import Link
from payouts.rails.capabilities import PayRoute, describe_routes, list_countries, list_currencies
from payouts.traces.sources import WorkStep, WorkStory, register_work_provider
from payouts.transfers.commands import run_due as run_due_payouts

__all__ = [
    "CountryNotPayable",
    "CurrencySummary",
    "CycleView",
    "EarningAlreadyPosted",
    "EarningAlreadyReversed",
    "EarningInCycle",
    "EarningInput",
    "EarningRow",
    "EarningTrace",
    "EarningView",
    "HoldView",
    "InvalidEarning",
    "Link",
    "NothingToPay",
    "PayRoute",
    "Payability",
    "PayeeDestinationChanged",
    "PayeeFixed",
    "PayeeHeld",
    "PayeeHoldView",
    "PayeeReady",
    "PayeeView",
    "PaymentHeld",
    "PayoutFailed",
    "PayoutPaid",
    "PayoutReturned",
    "PayoutView",
    "PeriodClosed",
    "ProjectSum",
    "ProviderNotReachable",
    "StatementView",
    "UnknownEarning",
    "UnknownPayee",
    "WeekSums",
    "WorkStep",
    "WorkStory",
    "appeal_hold",
    "appeal_payee_hold",
    "approve_cycle",
    "cancel_cycle",
    "describe_routes",
    "earnings_summary",
    "find_cycle",
    "find_own_hold",
    "find_own_payee_hold",
    "find_payee",
    "hold_after_security_change",
    "list_countries",
    "list_currencies",
    "list_cycles",
    "list_debts",
    "list_earnings",
    "list_holds",
    "list_payee_holds",
    "list_payouts",
    "list_statements",
    "paid_by_currency",
    "pay_cycle",
    "pay_route",
    "payability",
    "post_earning",
    "post_earnings",
    "prepare_cycle",
    "refresh_payee",
    "register_payee",
    "register_work_provider",
    "reverse_earning",
    "run_due_payouts",
    "start_onboarding",
    "sums_by_project",
    "tick_cycles",
    "trace_earning",
    "weekly_earnings",
]
