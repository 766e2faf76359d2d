"""Views over cycles: where each earning stands, and what outside checks may read."""

from __future__ import annotations

from typing import Final

#: The reason is that of the newest line that did not pay the earning's worker, while the earning waits.
EARNING_STATE: Final = """
CREATE VIEW payouts_earningstate AS
  SELECT e.id AS earning_id,
         CASE WHEN r.id IS NOT NULL THEN 'REVERSED'
              WHEN x.id IS NULL THEN 'APPROVED'
              WHEN p.state = 'PAID' THEN 'PAID'
              WHEN p.state = 'HELD' THEN 'HELD'
              ELSE 'IN_CYCLE' END AS state,
         l.cycle_id, l.payout_id,
         coalesce(w.reason_code, '') AS reason_code, coalesce(w.reason_text, '') AS reason_text
    FROM payouts_earning e
    LEFT JOIN payouts_earningreversal r ON r.earning_id = e.id
    LEFT JOIN payouts_cyclelineearning x ON x.earning_id = e.id AND x.released_at IS NULL
    LEFT JOIN payouts_cycleline l ON l.id = x.line_id
    LEFT JOIN payouts_payout p ON p.id = l.payout_id
    LEFT JOIN LATERAL (
      SELECT y.reason_code, y.reason_text FROM payouts_cycleline y
        JOIN payouts_paycycle c ON c.id = y.cycle_id
       WHERE x.id IS NULL AND r.id IS NULL AND y.worker_id = e.worker_id AND y.currency = e.currency
         AND y.state <> 'INCLUDED' AND c.state <> 'CANCELLED' AND c.ends_at > e.created_at
       ORDER BY y.id DESC LIMIT 1
    ) AS w ON true;
"""

CYCLES: Final = """
CREATE SCHEMA IF NOT EXISTS contract;
CREATE VIEW contract.cycles AS
  SELECT id, state::text AS state, maker_id, checker_id, lines_hash::text AS lines_hash FROM payouts_paycycle;
"""

#: ``idempotency_key`` is that of the newest attempt to transfer.
PAYOUT_ITEMS: Final = """
CREATE VIEW contract.payout_items AS
  SELECT p.id, p.cycle_id, p.worker_id AS expert_id, p.currency::text AS currency, p.amount_minor,
         p.state::text AS state, a.idempotency_key::text AS idempotency_key,
         nullif(p.provider_ref, '')::text AS provider_ref, p.destination::text AS destination
    FROM payouts_payout p
    LEFT JOIN LATERAL (
      SELECT t.idempotency_key FROM payouts_payoutattempt t
       WHERE t.payout_id = p.id AND t.kind = 'TRANSFER' ORDER BY t.number DESC LIMIT 1
    ) AS a ON true;
"""

FORWARD: Final = EARNING_STATE + CYCLES + PAYOUT_ITEMS
BACKWARD: Final = "DROP VIEW contract.payout_items; DROP VIEW contract.cycles; DROP VIEW payouts_earningstate;"
