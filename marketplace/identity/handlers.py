"""What follows when the way somebody logs in changes: nothing is paid to them for a time.

These are the signals of allauth, whose pages change password, address and second factor; it publishes no other news.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal

from common import audit, clock
from marketplace.identity.models import User
from payouts.facade import hold_after_security_change


def _hold_for(what: str) -> Callable[..., None]:
    def hold(sender: Any, user: User, **kwargs: Any) -> None:
        now = clock.now()
        audit.record(action="user.security_changed", target=user, by=user.pk, now=now, reason_code=what)
        hold_after_security_change(worker_id=user.pk, what=what, now=now)

    return hold


_SIGNALS: tuple[tuple[Signal, str], ...] = (
    (password_changed, "password"),
    (password_set, "password"),
    (password_reset, "password"),
    (email_changed, "e-mail address"),
    (authenticator_added, "second factor"),
    (authenticator_removed, "second factor"),
    (authenticator_reset, "second factor"),
)
for _signal, _what in _SIGNALS:
    # Not weak: nothing else keeps these functions alive.
    _signal.connect(_hold_for(_what), weak=False)
