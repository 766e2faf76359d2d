"""Approving a cycle: another person, whose grant is asked for by name. Nobody is exempt, superusers included.

A total above the limit takes two of them: the first approval is kept on the cycle, the second approves it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from common import audit, states
from common.errors import FourEyesRequired
from common.permissions import require_grant
from payouts.cycles.commands.prepare import lock_cycle
from payouts.cycles.errors import CycleChanged
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import compute_digest, is_paid_by, needs_two_approvals
from payouts.fx.queries import oldest_rate_at, require_fresh

APPROVE = "finance.approve"

#: Payees' rows are read under a share lock: a change of a bank account is before the approval or after it.
_KEEP_DESTINATIONS = """
INSERT INTO payouts_linedestination
       (line_id, account_id, bank_fingerprint, bank_last4, bank_name, country, currency, taken_at)
SELECT l.id, p.account_id, p.bank_fingerprint, p.bank_last4, p.bank_name, p.country,
       coalesce((SELECT v.to_currency FROM payouts_conversion v WHERE v.line_id = l.id), l.currency), %s
  FROM payouts_cycleline l JOIN payouts_payee p ON p.worker_id = l.worker_id
 WHERE l.cycle_id = %s AND l.state = 'INCLUDED'
 ORDER BY l.worker_id
   FOR SHARE OF p
"""


def approve(*, cycle_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> PayCycle:
    """Sign exactly the lines that were submitted, by their sha256, and where their money goes now.

    Above the limit the first approval leaves the cycle SUBMITTED and the second, by somebody else, moves it to APPROVED.

    Raises:
        FourEyesRequired: ``by`` prepared the cycle, whatever other role they hold, gave the first of two approvals, or is
            paid by it.
        NotPermitted: ``by`` does not approve.
        CycleChanged: the lines are no longer those that were calculated.
        NoFreshRate: a rate that it converts with has grown too old since; it is sent back and calculated again.
        UnknownCycle, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
        if by.id == cycle.maker_id:
            raise FourEyesRequired("You prepared this cycle; another person approves it.")
        require_grant(by, APPROVE)
        if is_paid_by(cycle, by):
            raise FourEyesRequired("This cycle pays you; another person approves it.")
        if cycle.state == PayCycle.State.SUBMITTED and compute_digest(cycle) != cycle.lines_hash:
            raise CycleChanged("A line has changed since it was submitted; send it back and calculate again.")
        if cycle.state == PayCycle.State.SUBMITTED:
            require_fresh(oldest_rate_at(cycle.id), now=now)
        if cycle.first_checker_id == by.id:
            raise FourEyesRequired("You gave the first approval; somebody else gives the second.")
        is_first = cycle.first_checker_id is None and states.can_move(cycle, PayCycle.State.APPROVED)
        if is_first and needs_two_approvals(cycle):
            return _keep_first_approval(cycle, by=by, now=now)
        states.move(
            cycle,
            PayCycle.State.APPROVED,
            by=by.id,
            now=now,
            also={"checker": by, "approved_hash": cycle.lines_hash, "approved_at": now},
        )
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_DESTINATIONS, [now, cycle.id])
        return cycle


def _keep_first_approval(cycle: PayCycle, *, by: Any, now: datetime) -> PayCycle:
    cycle.first_checker, cycle.first_approved_at, cycle.first_hash = by, now, cycle.lines_hash
    states.save_state(cycle, also=dict.fromkeys(("first_checker", "first_approved_at", "first_hash")))
    audit.record(
        action="paycycle.first_approval", target=cycle, by=by.id, now=now, detail={"lines_hash": cycle.lines_hash}
    )
    return cycle
