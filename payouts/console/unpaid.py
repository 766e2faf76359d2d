"""What was earned and is not yet at anybody's bank, by how long ago it was approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from common.money import Money

#: Ages in days since the approval: (last day included, words), the last without an end.
AGES: Final = ((7, "0 to 7 days"), (30, "8 to 30 days"), (60, "31 to 60 days"), (None, "Over 60 days"))

#: One pass over earnings that no paid payout carries and nothing reversed; withheld and recovered parts count until then.
_UNPAID: Final = """
SELECT e.currency, CASE WHEN days <= 7 THEN 0 WHEN days <= 30 THEN 1 WHEN days <= 60 THEN 2 ELSE 3 END AS age,
       count(DISTINCT e.worker_id), sum(e.amount_minor)::bigint
  FROM payouts_earning e, LATERAL (SELECT floor(extract(epoch FROM %(now)s - e.created_at) / 86400) AS days) AS d
 WHERE NOT EXISTS (SELECT 1 FROM payouts_earningreversal r WHERE r.earning_id = e.id)
   AND NOT EXISTS (SELECT 1 FROM payouts_cyclelineearning x
                     JOIN payouts_cycleline l ON l.id = x.line_id
                     JOIN payouts_payout p ON p.id = l.payout_id
                    WHERE x.earning_id = e.id AND x.released_at IS NULL AND p.state = 'PAID')
 GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidAge:
    """What of one currency was approved so long ago and is not at the bank, and of how many people."""

    age: str
    people: int
    amount: Money


def list_unpaid(now: datetime) -> Sequence[UnpaidAge]:
    """Return what is not yet with people, by currency and then the youngest first; ages with nothing are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPAID, {"now": now})
        rows = cursor.fetchall()
    return [
        UnpaidAge(age=AGES[age][1], people=people, amount=Money(total, currency))
        for currency, age, people, total in rows
    ]
