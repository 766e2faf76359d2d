"""Refusals about payouts."""

from __future__ import annotations

from common.errors import Conflict, DomainError, InvalidInput, NotFound


class UnknownPayout(NotFound):
    """The payout does not exist, or is not yours to see."""

    title = "There is no such payout"


class PayoutUnderWay(Conflict):
    """A worker's earlier payout of the currency has not ended; nothing was reserved."""

    code = "payout_under_way"
    title = "An earlier payout of the same person has not ended"


class PayeeNotReady(Conflict):
    """A worker has no account to be paid to; nothing was reserved."""

    code = "payee_not_ready"
    title = "Somebody in the list cannot be paid"


class DestinationStillHeld(Conflict):
    """The bank account has just changed, or the payee is not ready: the payout stays held."""

    code = "destination_held"
    title = "This destination cannot be paid yet"


class NotFrozen(Conflict):
    """No person was asked to look at the payout; nothing was changed."""

    code = "not_frozen"
    title = "Nobody has to look at this payout"


class MoneyOnHold(Conflict):
    """Everything of the worker's is on hold: the payout stays held until that ends."""

    code = "money_on_hold"
    title = "This person's money is on hold"


class ReconcileFirst(Conflict):
    """The database was restored, or the provider has transfers that it does not know: paying could pay twice."""

    code = "reconcile_first"
    title = "Nothing is paid until the provider's transfers are taken over: run manage.py payouts reconcile"


class BalanceNotReadable(DomainError):
    """The provider did not say what the balance is; nothing was changed."""

    code = "provider_unavailable"
    status = 503
    title = "The payment provider does not answer. Try again in a minute"


class InvalidTopUp(DomainError):
    """A top-up of nothing."""

    code = "invalid_top_up"
    title = "A top-up moves a positive amount"


class ListNotReadable(DomainError):
    """The provider did not give a list to its end; what came before is kept."""

    code = "provider_unavailable"
    status = 503
    title = "The payment provider does not answer. Try again in a minute"


class UnknownOrphan(NotFound):
    """There is no such news."""


class NotAnOrphan(Conflict):
    """The news is not, or no longer, in the queue of orphans."""

    code = "not_an_orphan"
    title = "This news does not wait for anybody"


class InvalidOrphanWords(InvalidInput):
    """Nothing was said."""

    code = "invalid_orphan_words"
    title = "Say why nothing is to be done"
