"""API clients of the people whom the marketplace tests tell of."""

from __future__ import annotations

from datetime import timedelta

from rest_framework.test import APIClient

from marketplace.identity.models import PlatformGrant, User
from tests.marketplace.people import NOW, make_user


def client_of(user: User | None) -> APIClient:
    """Return a client that is logged in as ``user``, or as nobody."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def key_client(secret: str, scheme: str = "Bearer") -> APIClient:
    """Return a client that sends an API key, or with ``scheme`` Token a personal token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


def platform_person(name: str, role: str) -> User:
    """Return a person who has held a platform role for a month."""
    user = make_user(name)
    PlatformGrant.objects.create(user=user, role=role, granted_by=None, granted_at=NOW - timedelta(days=30))
    return user
