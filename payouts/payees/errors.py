"""Refusals about payees."""

from __future__ import annotations

from common.errors import Conflict, DomainError, InvalidInput, NotFound


class CountryNotPayable(InvalidInput):
    """No rail reaches the country and currency yet; the detail says what can be done."""

    code = "country_not_payable"
    title = "People with a bank in this country cannot be paid yet"


class UnknownPayee(NotFound):
    """Nobody has set up a payout method here, or it is not yours to see."""

    title = "There is no such payout method"


class PayeeFixed(Conflict):
    """Country and currency stand once an account exists at the provider."""

    code = "payee_fixed"
    title = "Country and currency can no longer be changed"


class ProviderNotReachable(DomainError):
    """The payment provider gave no usable answer; trying again is safe."""

    code = "provider_unavailable"
    status = 503
    title = "The payment provider does not answer. Try again in a minute"


class InvalidRelease(InvalidInput):
    """A hold on a payee cannot be lifted so: no words, or nobody proposed it."""

    code = "invalid_release"
    title = "The hold cannot be lifted so"


class UnknownTaxForm(NotFound):
    """There is no such tax form for this person."""


class UnknownPayeeHold(NotFound):
    """There is no such hold for this person."""
