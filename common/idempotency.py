"""How long a request that carried an ``Idempotency-Key`` is remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from common.models import IdempotencyKey

#: A client that has not heard an answer tries again within hours; a week leaves room for a long weekend and a person.
#: What moves money is guarded for ever by its own unique source besides.
KEY_LIFE: Final = timedelta(days=7)


def purge_keys(*, now: datetime, limit: int = 10_000) -> int:
    """Forget at most ``limit`` requests that are older than ``KEY_LIFE``, the oldest first; return how many it was.

    The same key again is a new request from then on.
    """
    old = IdempotencyKey.objects.filter(created_at__lt=now - KEY_LIFE).order_by("created_at", "id")
    forgotten, _ = IdempotencyKey.objects.filter(id__in=old.values("id")[:limit]).delete()
    return forgotten
