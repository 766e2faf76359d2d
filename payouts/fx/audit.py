"""Conversions computed again: each is its line at its rates, is booked as it says, and nothing else moves clearing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.db import connection

from common.money import Money
from common.verification import Finding
from payouts.fx.models import Conversion
from payouts.fx.rules import convert, price_of

_UNLIKE_LINES = """
SELECT v.line_id FROM payouts_conversion v
  LEFT JOIN payouts_cycleline l ON l.id = v.line_id
   AND (l.currency, l.amount_minor) = (v.from_currency, v.from_minor)
 WHERE l.id IS NULL ORDER BY v.line_id
"""

#: A line that was carried out has its entry, reversed if and only if its money came back.
_UNBOOKED = """
WITH booked AS (
  SELECT j.id, j.source, r.id AS undone,
         array_agg(ROW(d.code, c.code, l.amount_minor)::text ORDER BY l.line_no) AS lines
    FROM payouts_journalentry j
    JOIN payouts_journalline l ON l.entry_id = j.id
    JOIN payouts_ledgeraccount d ON d.id = l.debit_id JOIN payouts_ledgeraccount c ON c.id = l.credit_id
    LEFT JOIN payouts_journalentry r ON r.reverses_id = j.id
   WHERE j.kind = 'CURRENCY_CONVERTED' GROUP BY j.id, r.id
), due AS (
  SELECT 'cycle_line:' || l.id AS source, l.payout_id, l.released_at,
         ARRAY[ROW('expert:' || l.worker_id || ':payable:' || v.from_currency, 'fx:clearing:' || v.from_currency,
                   v.from_minor)::text,
               ROW('fx:clearing:' || v.to_currency, 'expert:' || l.worker_id || ':payable:' || v.to_currency,
                   v.paid_minor)::text]
         || CASE WHEN v.rounding_minor > 0 THEN
              ARRAY[ROW('fx:clearing:' || v.to_currency, 'fx:rounding:' || v.to_currency, v.rounding_minor)::text]
            WHEN v.rounding_minor < 0 THEN
              ARRAY[ROW('fx:rounding:' || v.to_currency, 'fx:clearing:' || v.to_currency, -v.rounding_minor)::text]
            ELSE ARRAY[]::text[] END AS lines
    FROM payouts_conversion v JOIN payouts_cycleline l ON l.id = v.line_id
)
SELECT coalesce(d.source, b.source),
       CASE WHEN d.source IS NULL THEN 'an entry converts what no line does'
            WHEN b.id IS NULL THEN 'was paid and never converted'
            WHEN b.lines <> d.lines THEN 'was converted otherwise than its rates say'
            ELSE 'its conversion was undone or not, unlike its payment' END
  FROM due d FULL JOIN booked b ON b.source = d.source
 WHERE d.source IS NULL OR (b.id IS NULL AND d.payout_id IS NOT NULL) OR b.lines <> d.lines
    OR (b.id IS NOT NULL AND d.payout_id IS NOT NULL AND (b.undone IS NULL) <> (d.released_at IS NULL))
 ORDER BY 1
"""


def find_untrue_conversions() -> Iterator[Finding]:
    """Yield each conversion that is not its line's amount at the rates that it names."""
    for (line_id,) in _rows(_UNLIKE_LINES):
        yield Finding(f"cycle_line:{line_id}", "is not the amount that was converted")
    for row in Conversion.objects.select_related("from_rate", "to_rate").order_by("id").iterator(chunk_size=1000):
        given, wanted = ((rate.rate if rate else None) for rate in (row.from_rate, row.to_rate))
        price = price_of(given, wanted)
        factor = price * Fraction(10) ** row.to_exponent / Fraction(10) ** row.from_exponent
        worth = row.from_minor * factor
        # A payout of any amount takes all; one in multiples costs what a whole one is worth.
        again = convert(Money(row.from_minor, row.from_currency), row.to_currency, price)
        whole = row.rounding_minor or (again.to_minor, again.paid_minor) == (row.to_minor, row.paid_minor)
        if round(worth) != row.to_minor or abs(worth - Fraction(row.exact_minor)) > Fraction(1, 10**12) or not whole:
            yield Finding(f"cycle_line:{row.line_id}", f"{row.given} is {worth:.12f} at its rates, not {row.to_minor}")


def find_unbooked_conversions() -> Iterator[Finding]:
    """Yield each line whose conversion the books do not have as it says, and each entry that no line explains."""
    for source, words in _rows(_UNBOOKED):
        yield Finding(source, words)


def _rows(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
