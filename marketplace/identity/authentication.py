"""How a request says who it is with an organization's API key: ``Authorization: Bearer mst_<prefix>_<secret>``."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common import clock
from marketplace.identity.models import ApiKey, User

#: How often ``last_used_at`` is written, so that a busy key does not write a row on each request.
LAST_USED_EVERY = timedelta(minutes=1)


def hash_secret(secret: str) -> str:
    """Return the sha256 that is stored of a key's secret; the secret itself has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKeyAuthentication(BaseAuthentication):
    """Answers with the key's service user and the key, whose ``scopes`` limit what it may do."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            return None
        parts = words[1].decode("ascii", "replace").split("_", 2)
        if len(parts) != 3 or parts[0] != "mst":
            raise AuthenticationFailed("This is not an API key.")
        return self._find(parts[1], parts[2])

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _find(self, prefix: str, secret: str) -> tuple[User, ApiKey]:
        now = clock.now()
        key = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
        known = key.secret_sha256 if key else "0" * 64
        if not hmac.compare_digest(known, hash_secret(secret)) or key is None:
            raise AuthenticationFailed("This API key is not known.")
        if key.revoked_at is not None or key.expires_at <= now or not key.user.is_active:
            raise AuthenticationFailed("This API key has ended.")
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_EVERY:
            ApiKey.objects.filter(id=key.id).update(last_used_at=now)
        return key.user, key
