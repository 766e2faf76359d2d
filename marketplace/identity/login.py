"""Proof of who somebody is outside the browser: password, second factor, and the limit of attempts on both."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from marketplace.identity.errors import SecondFactorRequired, TooManyAttempts, WrongCredentials
from marketplace.identity.models import User


def prove_identity(request: HttpRequest, *, email: str, password: str, code: str = "") -> User:
    """Return the person whom e-mail address, password and (where they have one) second factor prove.

    A wrong code counts as a failed attempt just as a wrong password does.

    Raises:
        WrongCredentials: without a word on which part was wrong. SecondFactorRequired, TooManyAttempts.
    """
    credentials = {"username": email.strip().lower()}
    _refuse_locked(request, credentials)
    user = authenticate(request, **credentials, password=password)
    if not isinstance(user, User) or not user.is_active or user.kind != User.Kind.PERSON:
        _refuse_locked(request, credentials)
        raise WrongCredentials
    factors = list(Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN))
    if not factors:
        return user
    if not code:
        raise SecondFactorRequired
    if not any(factor.wrap().validate_code(code) for factor in factors):
        user_login_failed.send(__name__, credentials=credentials, request=request)
        raise WrongCredentials
    return user


def _refuse_locked(request: HttpRequest, credentials: dict[str, Any]) -> None:
    if settings.AXES_ENABLED and not AxesProxyHandler.is_allowed(request, credentials):
        raise TooManyAttempts
