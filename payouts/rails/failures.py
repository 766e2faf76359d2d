"""What an error from Stripe proves, as a table; the rule everywhere: ambiguous is never a refusal.

Source: https://docs.stripe.com/error-codes, https://docs.stripe.com/error-low-level, https://docs.stripe.com/api/payouts/failures
"""

from __future__ import annotations

import stripe

from payouts.rails.base import Failure, Outcome, Reaction

_NEW_DETAILS = "Your bank refused the payment. Check your bank details and enter them again."

#: Why a bank refused a payout -> what the expert reads.
BANK_WORDS = {
    "account_closed": "Your bank account is closed. Enter another one.",
    "account_frozen": "Your bank account is frozen. Ask your bank, or enter another account.",
    "bank_account_restricted": "Your bank account can't receive this kind of payment. Enter another one.",
    "bank_ownership_changed": "Your bank has moved its accounts. Enter your bank details again.",
    "could_not_process": "Your bank could not process the payment. Ask your bank, or enter another account.",
    "debit_not_authorized": "Your bank account does not allow this payment. Enter another one.",
    "declined": "Your bank declined the payment. Ask your bank, or enter another account.",
    "incorrect_account_holder_name": "The name on your bank account is another one. Enter your bank details again.",
    "invalid_account_number": "Your bank says the account number is wrong. Enter your bank details again.",
    "invalid_currency": "Your bank account can't receive this currency. Enter another one.",
    "no_account": "Your bank knows no such account. Enter your bank details again.",
    "unsupported_card": "This card can't receive payments. Enter a bank account.",
    "payout_method_amount_limit_exceeded": "Your bank account can't receive so much at once. Enter another one.",
    "payout_method_canceled_by_customer": "The payment was refused for you at your bank. Ask your bank.",
    "payout_method_closed": "Your bank account is closed. Enter another one.",
    "payout_method_currency_unsupported": "Your bank account can't receive this currency. Enter another one.",
    "payout_method_declined": "Your bank declined the payment. Ask your bank, or enter another account.",
    "payout_method_does_not_exist": "Your bank knows no such account. Enter your bank details again.",
    "payout_method_expired": "Your bank account can no longer be paid. Enter another one.",
    "payout_method_holder_address_incorrect": "The address on your bank account is another one. Enter your details again.",
    "payout_method_holder_details_incorrect": "The details on your bank account are others. Enter your details again.",
    "payout_method_holder_name_incorrect": "The name on your bank account is another one. Enter your bank details again.",
    "payout_method_invalid_account_number": "Your bank says the account number is wrong. Enter your bank details again.",
    "payout_method_restricted": "Your bank account can't receive this kind of payment. Enter another one.",
    "payout_method_unsupported": "Your bank account can't receive this kind of payment. Enter another one.",
    "payout_method_usage_frequency_limit_exceeded": "Your bank account was paid too often. Ask your bank.",
}
OTHER_BANK_FAILURE = _NEW_DETAILS

#: The library's own classes for refusals of v2, which carry no parameter -> what they ask for, and words for the expert.
#: Source: https://docs.stripe.com/api/v2/money-management/outbound-payments/create
_V2_REFUSALS: tuple[tuple[type[Exception], Reaction, str], ...] = (
    (stripe.InsufficientFundsError, Reaction.WAIT_FOR_FUNDS, ""),
    (
        stripe.CapabilityNotEnabledError,
        Reaction.PAYEE_MUST_ACT,
        "Your payout account is not ready. Open your payout method and complete it.",
    ),
    (stripe.InvalidPayoutMethodError, Reaction.PAYEE_MUST_ACT, _NEW_DETAILS),
    (stripe.BlockedByStripeError, Reaction.PAYEE_MUST_ACT, "Your bank account can't be paid. Enter another one."),
    (stripe.FinancialAccountNotOpenError, Reaction.STOP_ALL, ""),
    (stripe.FeatureNotEnabledError, Reaction.STOP_ALL, ""),
    (stripe.QuotaExceededError, Reaction.SLOW_DOWN, ""),
)

_PAYEE_CODES = {
    "account_closed": "Your payout account is closed. Set up your payout method again.",
    "account_invalid": "Your payout account can't be used. Set up your payout method again.",
    "insufficient_capabilities_for_transfer": "Your payout account is not ready. Open your payout method and complete it.",
    "no_account": "Your payout account has no bank account. Open your payout method and complete it.",
    "payouts_not_allowed": "Your payout account may not pay out. Open your payout method and complete it.",
    "transfers_not_allowed": "Payments to your country are not possible this way.",
}


def classify_stripe_error(error: Exception) -> Failure:
    """Return what an error proves and asks for."""
    code = str(getattr(error, "code", None) or "")
    status = getattr(error, "http_status", None) or 0
    if isinstance(error, stripe.APIConnectionError):
        return _failure(error, Outcome.RETRYABLE, Reaction.RESEND, code or "connection_error")
    if isinstance(error, stripe.IdempotencyError):
        return _failure(error, Outcome.UNKNOWN, Reaction.FREEZE, "idempotency_error")
    if isinstance(error, stripe.RateLimitError):
        return _failure(error, Outcome.RETRYABLE, Reaction.SLOW_DOWN, "rate_limit")
    return _classify_refusal(error, code, status)


def _classify_refusal(error: Exception, code: str, status: int) -> Failure:
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return _failure(error, Outcome.FINAL, Reaction.STOP_ALL, code or f"http_{status}")
    if isinstance(error, _V2_CLASSES):
        return _v2_refusal(error, code)
    if status == 409:
        return _failure(error, Outcome.RETRYABLE, Reaction.RESEND, code or "conflict")
    if isinstance(error, stripe.InvalidRequestError) and 400 <= status < 500:
        return _refusal(error, code)
    if 400 <= status < 500 and code:
        return _refusal(error, code)
    # A 5xx is stored under the key, an unreadable answer may follow an effect: both need a look.
    return _failure(error, Outcome.UNKNOWN, Reaction.LOOK_UP, code or (f"http_{status}" if status else "no_answer"))


_V2_CLASSES = tuple(kind for kind, _, _ in _V2_REFUSALS)


def _v2_refusal(error: Exception, code: str) -> Failure:
    reaction, words = next((act, text) for kind, act, text in _V2_REFUSALS if isinstance(error, kind))
    outcome = Outcome.RETRYABLE if reaction == Reaction.SLOW_DOWN else Outcome.FINAL
    return _failure(error, outcome, reaction, code or "refused", words)


def _refusal(error: Exception, code: str) -> Failure:
    param = getattr(error, "param", None)
    if code == "balance_insufficient":
        return _failure(error, Outcome.FINAL, Reaction.WAIT_FOR_FUNDS, code)
    if code == "resource_missing" and param in ("destination", "to.recipient"):
        words = "Your payout account no longer exists. Set up your payout method again."
        return _failure(error, Outcome.FINAL, Reaction.PAYEE_MUST_ACT, code, words)
    if code in _PAYEE_CODES:
        return _failure(error, Outcome.FINAL, Reaction.PAYEE_MUST_ACT, code, _PAYEE_CODES[code])
    words = "The payment could not be made. We are looking into it; your money stays with your next payment."
    return _failure(error, Outcome.FINAL, Reaction.REQUEST_WRONG, code or "invalid_request", words)


def _failure(error: Exception, outcome: Outcome, reaction: Reaction, code: str, words: str = "") -> Failure:
    detail = str(getattr(error, "user_message", None) or error)[:500]
    return Failure(outcome, reaction, code, detail, words, str(getattr(error, "request_id", None) or ""))
