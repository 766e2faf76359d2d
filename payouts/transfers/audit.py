"""Payouts computed again: attempts against payouts, and what was sent against what was stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.db import connection

from common.verification import Finding
from payouts.transfers.models import PayoutAttempt

_TRANSFERS_UNLIKE_ATTEMPTS = """
SELECT p.id, p.provider_ref, a.provider_id FROM payouts_payout p
  LEFT JOIN payouts_payoutattempt a ON a.payout_id = p.id AND a.kind = 'TRANSFER' AND a.outcome = 'SUCCEEDED'
 WHERE p.provider_ref <> coalesce(a.provider_id, '') ORDER BY p.id
"""


def find_unattempted_transfers() -> Iterator[Finding]:
    """Yield each payout whose transfer is not that of its one successful attempt."""
    with connection.cursor() as cursor:
        cursor.execute(_TRANSFERS_UNLIKE_ATTEMPTS)
        for payout_id, transfer, attempted in cursor.fetchall():
            yield Finding(f"payout:{payout_id}", f"names the transfer {transfer!r}, its attempt made {attempted!r}")


def find_altered_bodies() -> Iterator[Finding]:
    """Yield each attempt whose body is not the one that was stored first."""
    rows = PayoutAttempt.objects.order_by("id").values_list("idempotency_key", "body", "body_sha256")
    for key, body, digest in rows.iterator(chunk_size=2000):
        if hashlib.sha256(body.encode()).hexdigest() != digest:
            yield Finding(f"payout_attempt:{key}", "its body does not give its sha256")
