"""What a page needs to be shown: arguments, another visitor, another state. Pages that need nothing are not listed.

A page with arguments that is not listed here fails ``test_every_page_passes_axe_in_every_look``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.browser.world import World


@dataclass(frozen=True, slots=True)
class Visit:
    """How to open a page: as ``person`` (a first name; empty = anonymous; None = a holder of its grant)."""

    person: str | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    status: int = 200
    prepare: Callable[[World], dict[str, Any]] | None = None
    """Creates what the page shows and returns its keyword arguments."""


ANONYMOUS = Visit(person="")

VISITS: dict[str, Visit] = {
    "styleguide": Visit(person="Goran"),
    "account_login": ANONYMOUS,
    "account_signup": ANONYMOUS,
    "account_reset_password": ANONYMOUS,
    "account_reset_password_done": ANONYMOUS,
    "account_reset_password_from_key": Visit(person="", kwargs={"uidb36": "1", "key": "used-up"}),
    "account_reset_password_from_key_done": ANONYMOUS,
    "account_confirm_email": Visit(person="", kwargs={"key": "used-up"}),
    "account_email_verification_sent": ANONYMOUS,
    "account_inactive": ANONYMOUS,
}

NOT_SHOWN: dict[str, str] = {
    "account_set_password": "redirects: everyone here has a password",
}
"""Routes that answer no page of their own, each with the reason."""
