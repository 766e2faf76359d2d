"""Reads of cycles: by whom they may be seen, their digest, their totals, and which one was before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.models import AuditEvent
from common.money import Money
from payouts.cycles.errors import UnknownCycle
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.cycles.rules import LineFacts, lines_digest
from payouts.earnings.models import Earning
from payouts.payees.models import Payee
from payouts.transfers.models import Payout

#: Units of what is owed apart from work. Their sum stands as the bonus of a line.
EXTRA_UNITS = (Earning.Unit.BONUS, Earning.Unit.ADJUSTMENT)

#: States of cycles whose money was approved: what a new cycle is compared with.
_COMPARABLE = ("APPROVED", "FUNDING", "EXECUTING", "COMPLETED", "COMPLETED_WITH_EXCEPTIONS")


@dataclass(frozen=True, slots=True)
class CycleTotals:
    """What a cycle pays: included lines alone, and how many lines wait with a reason."""

    payouts: int
    earnings: int
    total: Money
    exceptions: int


def get_cycle(user: Any, cycle_id: UUID) -> PayCycle:
    """Return a cycle that ``user`` may see.

    Raises:
        UnknownCycle: it does not exist, or not for this person.
    """
    cycle = (
        PayCycle.objects.visible_to(user)
        .select_related("maker", "checker", "first_checker")
        .filter(id=cycle_id)
        .first()
    )
    if cycle is None:
        raise UnknownCycle
    return cycle


def is_paid_by(cycle: PayCycle, user: Any) -> bool:
    """Say whether a cycle pays ``user``, who then may neither prepare nor approve it."""
    return cycle.lines.filter(worker_id=user.pk, state=CycleLine.State.INCLUDED).exists()


def second_approval_over(currency: str) -> Money:
    """Return above which total of a cycle two people approve it, as the settings say today."""
    limits = settings.PAYOUT_SECOND_APPROVAL_OVER
    return Money.from_major(str(limits.get(currency, limits["*"])), currency)


def needs_two_approvals(cycle: PayCycle, totals: CycleTotals | None = None) -> bool:
    """Say whether a submitted cycle's total is above its limit; whoever has read its totals hands them in."""
    return (totals or totals_of(cycle)).total.amount_minor > cycle.second_approval_over_minor


def approvals_missing(cycle: PayCycle, totals: CycleTotals | None = None) -> int:
    """Return how many people have still to approve a submitted cycle; 0 in every other state."""
    if cycle.state != PayCycle.State.SUBMITTED:
        return 0
    return 1 if cycle.first_checker_id or not needs_two_approvals(cycle, totals) else 2


def find_latest_act(cycle: PayCycle) -> AuditEvent | None:
    """Return the act that brought a cycle into its state, with the reason that was given for it."""
    acts = AuditEvent.objects.filter(object_type=cycle._meta.label_lower, object_id=str(cycle.pk))
    return acts.select_related("actor").order_by("-id").first()


def sum_open_earnings(cycle: PayCycle) -> dict[UUID, tuple[int, int, int]]:
    """Return by worker what a cycle finds open: minor units of work, of bonuses and corrections, and how many earnings.

    Open is what was posted before the period's end, that no live line pays and nobody reversed.
    """
    taken = CycleLineEarning.objects.filter(released_at__isnull=True, earning_id=OuterRef("id"))
    extra = Q(unit__in=EXTRA_UNITS)
    rows = (
        Earning.objects.filter(
            ~Exists(taken),
            currency=cycle.currency,
            created_at__lt=cycle.ends_at,
            amount_minor__gt=0,
            reversal__isnull=True,
        )
        .values("worker_id")
        .annotate(
            earned=Sum("amount_minor", filter=~extra, default=0),
            bonus=Sum("amount_minor", filter=extra, default=0),
            count=Count("id"),
        )
        .order_by("worker_id")
    )
    return {row["worker_id"]: (int(row["earned"]), int(row["bonus"]), row["count"]) for row in rows}


def outstanding(currency: str) -> dict[UUID, int]:
    """Return, in minor units by worker, what carried-out lines left over and no other live line brought.

    What was on hold or held back counts as left over: while it still is, the next line takes it off again. It is
    negative where a line brought something whose own line came back meanwhile.
    """
    left = Sum(F("carried_minor") + F("held_minor") + F("holdback_minor"), filter=Q(payout_id__isnull=False), default=0)
    rows = (
        _live_lines(currency)
        .values("worker_id")
        .annotate(left=left - Sum("brought_minor"))
        .filter(~Q(left=0))
        .order_by("worker_id")
    )
    return {row["worker_id"]: int(row["left"]) for row in rows}


def planned_recoveries(currency: str) -> dict[UUID, int]:
    """Return, in minor units by worker, what live lines that are not carried out yet are to recover."""
    planned = _live_lines(currency).filter(payout_id__isnull=True, recovered_minor__gt=0)
    rows = planned.values("worker_id").annotate(total=Sum("recovered_minor")).order_by("worker_id")
    return {row["worker_id"]: int(row["total"]) for row in rows}


def _live_lines(currency: str) -> QuerySet[CycleLine]:
    lines = CycleLine.objects.filter(currency=currency, state="INCLUDED", released_at__isnull=True)
    return lines.exclude(cycle__state="CANCELLED")


def compute_digest(cycle: PayCycle) -> str:
    """Return the sha256 of the included lines as the rows say them now; an earning reversed meanwhile is missing."""
    return lines_digest(cycle.currency, _line_facts(cycle.id))


def _line_facts(cycle_id: UUID) -> Iterator[LineFacts]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.worker_id, l.amount_minor, l.brought_minor, l.carried_minor, l.held_minor, l.holdback_minor,
                   l.recovered_minor, l.withheld_minor,
                   coalesce(concat_ws('|', v.from_minor, v.from_currency, v.exact_minor, v.to_minor, v.rounding_minor,
                            v.paid_minor, v.to_currency, v.from_rate_id, v.to_rate_id), ''),
                   e.id, e.amount_minor
              FROM payouts_cycleline l
              LEFT JOIN payouts_conversion v ON v.line_id = l.id
              LEFT JOIN payouts_cyclelineearning x ON x.line_id = l.id
              LEFT JOIN payouts_earning e ON e.id = x.earning_id
                   AND (x.released_at IS NOT NULL
                        OR NOT EXISTS (SELECT 1 FROM payouts_earningreversal r WHERE r.earning_id = e.id))
             WHERE l.cycle_id = %s AND l.state <> 'CARRIED_OVER'
             ORDER BY l.worker_id, e.id
            """,
            [cycle_id],
        )
        rows = cursor.fetchall()
    for figures, members in groupby(rows, key=lambda row: row[:9]):
        worker_id, amount, brought, carried, *kept = figures
        earnings = [(row[9], row[10]) for row in members if row[9] is not None]
        yield LineFacts(worker_id, amount, brought, carried, earnings, *kept)


def totals_of(cycle: PayCycle) -> CycleTotals:
    """Return what a cycle pays."""
    return totals_of_each([cycle])[cycle.id]


def totals_of_each(cycles: Iterable[PayCycle]) -> dict[UUID, CycleTotals]:
    """Return by id what each cycle pays, in one look at their lines."""
    wanted = {cycle.id: cycle.currency for cycle in cycles}
    included = Q(state=CycleLine.State.INCLUDED)
    rows = (
        CycleLine.objects.filter(cycle_id__in=list(wanted))
        .order_by("cycle_id")
        .values_list("cycle_id")
        .annotate(
            payouts=Count("id", filter=included),
            earning_count=Sum("earnings_count", filter=included, default=0),
            total=Sum("amount_minor", filter=included, default=0),
            exceptions=Count("id", filter=~included),
        )
    )
    nothing = {cycle_id: CycleTotals(0, 0, Money.zero(currency), 0) for cycle_id, currency in wanted.items()}
    return nothing | {
        cycle_id: CycleTotals(payouts, earnings, Money(int(total), wanted[cycle_id]), exceptions)
        for cycle_id, payouts, earnings, total, exceptions in rows
    }


def totals_by_rail(cycle: PayCycle) -> dict[tuple[str, str], Money]:
    """Return by rail and currency what a cycle pays, as its payees are paid now; converted lines in what they become."""
    rail = Payee.objects.filter(worker_id=OuterRef("worker_id")).values("rail")[:1]
    rows = cycle.lines.filter(state="INCLUDED").annotate(
        rail=Subquery(rail),
        arrives_in=Coalesce("conversion__to_currency", "currency"),
        arrives_minor=Coalesce("conversion__paid_minor", "amount_minor"),
    )
    # Somebody without a payee is held when the money is reserved.
    sums = rows.filter(rail__isnull=False).values("rail", "arrives_in").annotate(total=Sum("arrives_minor"))
    return {
        (row["rail"], row["arrives_in"]): Money(row["total"], row["arrives_in"])
        for row in sums.order_by("rail", "arrives_in")
    }


def rails_of(lines: Sequence[CycleLine]) -> dict[UUID, str]:
    """Return by id over which rail each line went, or would go as its payee is paid now; without a payee it is missing."""
    sent = dict(
        Payout.objects.filter(id__in=[line.payout_id for line in lines if line.payout_id]).values_list("id", "rail")
    )
    payees = Payee.objects.filter(worker_id__in={line.worker_id for line in lines})
    now = dict(payees.values_list("worker_id", "rail"))
    found = {line.id: sent.get(line.payout_id or line.id) or now.get(line.worker_id) for line in lines}
    return {line_id: rail for line_id, rail in found.items() if rail}


def find_last_cycle(cycle: PayCycle) -> PayCycle | None:
    """Return the approved cycle of the same currency and kind before this one."""
    return find_last_cycles([cycle]).get(cycle.id)


def find_last_cycles(cycles: Iterable[PayCycle]) -> dict[UUID, PayCycle]:
    """Return by id the approved cycle of the same currency and kind before each; the first of a currency has none."""
    before = PayCycle.objects.filter(
        currency=OuterRef("currency"),
        kind=OuterRef("kind"),
        state__in=_COMPARABLE,
        ends_at__lte=OuterRef("starts_at"),
    )
    latest = Subquery(before.order_by("-ends_at", "-id").values("id")[:1])
    rows = PayCycle.objects.filter(id__in=[cycle.id for cycle in cycles]).annotate(last_id=latest)
    pairs = {cycle_id: last_id for cycle_id, last_id in rows.values_list("id", "last_id") if last_id}
    found = PayCycle.objects.in_bulk(set(pairs.values()))
    return {cycle_id: found[last_id] for cycle_id, last_id in pairs.items()}
