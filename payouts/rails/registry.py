"""The rails there are, made from the settings at first use."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from payouts.ledger.rules import stripe_balance, stripe_financial
from payouts.rails.base import Rail
from payouts.rails.connect import ConnectRail, make_client
from payouts.rails.global_payouts import GlobalRail

_rails: dict[str, Rail] = {}
#: Which account of the books is what the platform holds on a rail, by its name: their code, and their kind.
_BALANCES: dict[str, Callable[[str], str]] = {ConnectRail.name: stripe_balance, GlobalRail.name: stripe_financial}
BALANCE_KINDS = {ConnectRail.name: "STRIPE_BALANCE", GlobalRail.name: "STRIPE_FINANCIAL"}


def get_rail(name: str = "connect") -> Rail:
    """Return a rail by name.

    Raises:
        KeyError: there is no rail of that name, or it is not set up.
    """
    if name not in _rails:
        if name not in list_rails():
            raise KeyError(name)
        _rails[name] = _make(name)
    return _rails[name]


def _make(name: str) -> Rail:
    client = make_client(settings.STRIPE_API_KEY or "", settings.STRIPE_API_BASE, name)
    if name == ConnectRail.name:
        return ConnectRail(client)
    return GlobalRail(
        client,
        financial_account=settings.STRIPE_FINANCIAL_ACCOUNT or "",
        funding_method=settings.STRIPE_FUNDING_METHOD or "",
    )


def list_rails() -> list[str]:
    """Return the names of the rails that are set up: Global Payouts pays from a financial account, which settings name."""
    return [ConnectRail.name, *([GlobalRail.name] if settings.STRIPE_FINANCIAL_ACCOUNT else [])]


def balance_account(rail: str, currency: str) -> str:
    """Return the account of the books that is the platform's balance on a rail."""
    return _BALANCES[rail](currency)


def is_live() -> bool:
    """Say whether the key moves real money."""
    return "_live_" in (settings.STRIPE_API_KEY or "")
