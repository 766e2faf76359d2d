"""How allauth creates accounts here."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from common import audit, clock
from marketplace.identity.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signs up persons, never services, and records it as the command does."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the new account and record it."""
        user.kind, user.is_staff, user.is_superuser = User.Kind.PERSON, False, False
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit=commit)
            if commit:
                audit.record(action="user.registered", target=saved, by=saved.pk, now=clock.now())
        return saved
