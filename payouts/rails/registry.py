"""The rails there are, made from the settings at first use."""

from __future__ import annotations

from django.conf import settings

from payouts.rails.base import Rail
from payouts.rails.connect import ConnectRail, make_client

_rails: dict[str, Rail] = {}


def get_rail(name: str = "connect") -> Rail:
    """Return a rail by name.

    Raises:
        KeyError: there is no rail of that name.
    """
    if name not in _rails:
        if name != ConnectRail.name:
            raise KeyError(name)
        _rails[name] = ConnectRail(make_client(settings.STRIPE_API_KEY or "", settings.STRIPE_API_BASE))
    return _rails[name]


def list_rails() -> list[str]:
    """Return the names of the rails."""
    return [ConnectRail.name]


def is_live() -> bool:
    """Say whether the key moves real money."""
    return "_live_" in (settings.STRIPE_API_KEY or "")
