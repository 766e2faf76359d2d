"""Lines of a cycle to look at before it is approved: pay without work, new and shared accounts, hours that cannot be.

Each is a reason to look, in words and with the rows that it was read from, and never a verdict: all of them have harmless
causes. Set-based, so that 20,000 lines are one look of the database.

Source: what is looked for are the signs of people on a payroll who do not exist or do not work, as auditors list them:
Association of Certified Fraud Examiners, Fraud Examiners Manual, "Payroll Fraud Schemes: Ghost Employees".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection

from common.money import Money
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.queries import EXTRA_UNITS
from payouts.payees.rules import mask

#: What is looked for, in the order in which it is shown.
KINDS: Final = {
    "NO_WORK": "Nothing earned by work",
    "NEW_DESTINATION": "Bank account changed",
    "SHARED_BANK": "Bank account of two people",
    "SHARED_TAX_ID": "Taxpayer number of two people",
    "IMPOSSIBLE_HOURS": "More hours than there were",
    "FIRST_PAY": "Paid for the first time",
    "ONE_APPROVER": "Approved by one person alone",
}
#: Alone these say little: everybody is new once, and many projects have one approver. Together they are looked at.
COMMON_KINDS: Final = frozenset({"FIRST_PAY", "ONE_APPROVER"})
#: States of cycles whose money has not gone out yet.
UNPAID_STATES: Final = ("CALCULATED", "SUBMITTED", "APPROVED", "FUNDING")
#: Pieces of work from which on it is told that one person approved them all.
LEAST_APPROVED: Final = 3
#: Hours within 24 that somebody can work. Source: Directive 2003/88/EC, article 3, leaves an employee 13; 16 spares those
#: who choose their hours themselves.
MOST_HOURS_A_DAY: Final = 16

#: ``until``: what a cycle that was carried out did itself, and what followed, is no news of its lines.
_FLAGS: Final = """
WITH line AS (
  SELECT l.id, l.cycle_id, l.worker_id, l.amount_minor, l.earned_minor, l.bonus_minor, p.id AS payee_id,
         coalesce(d.bank_fingerprint, p.bank_fingerprint, '') AS bank, coalesce(d.bank_last4, p.bank_last4, '') AS last4,
         coalesce(c.executed_at, 'infinity') AS until
    FROM payouts_cycleline l
    JOIN payouts_paycycle c ON c.id = l.cycle_id
    LEFT JOIN payouts_payee p ON p.worker_id = l.worker_id
    LEFT JOIN payouts_linedestination d ON d.line_id = l.id
   WHERE l.cycle_id = ANY(%(cycles)s) AND l.state = 'INCLUDED'
     AND (%(lines)s::uuid[] IS NULL OR l.id = ANY(%(lines)s))
), earned AS (
  SELECT x.line_id, e.* FROM line l
    JOIN payouts_cyclelineearning x ON x.line_id = l.id
    JOIN payouts_earning e ON e.id = x.earning_id
), last_paid AS (
  SELECT DISTINCT ON (l.id) l.id AS line_id, o.destination_fingerprint AS bank, o.bank_last4 AS last4, o.paid_at
    FROM line l JOIN payouts_payout o ON o.worker_id = l.worker_id
   WHERE o.state = 'PAID' AND o.cycle_id IS DISTINCT FROM l.cycle_id AND o.created_at < l.until
   ORDER BY l.id, o.created_at DESC, o.id DESC
), hours AS (
  SELECT line_id, max(id::text)::uuid AS earning_id, sum(quantity) AS paid,
         range_agg(tstzrange(worked_from, worked_to)) AS times, max(worked_to) - min(worked_from) AS whole
    FROM earned WHERE unit = 'HOUR' GROUP BY line_id
), possible AS (
  SELECT h.line_id, h.earning_id, h.paid,
         least(coalesce((SELECT extract(epoch FROM sum(upper(one) - lower(one))) / 3600 FROM unnest(h.times) AS one), 0),
               %(most_hours)s * ceil(extract(epoch FROM h.whole) / 86400)) AS hours
    FROM hours h
), alone AS (
  SELECT line_id, max(id::text)::uuid AS earning_id, max(approved_by_id::text)::uuid AS approver
    FROM earned WHERE unit <> ALL(%(extra)s)
   GROUP BY line_id HAVING min(approved_by_id::text) = max(approved_by_id::text)
), always AS (
  SELECT a.line_id, a.earning_id, a.approver, w.pieces, w.since
    FROM alone a JOIN line l ON l.id = a.line_id
    JOIN LATERAL (
      SELECT count(*) AS pieces, min(e.created_at) AS since, bool_and(e.approved_by_id = a.approver) AS is_only
        FROM payouts_earning e
       WHERE e.worker_id = l.worker_id AND e.unit <> ALL(%(extra)s) AND e.created_at < l.until
    ) AS w ON w.is_only AND w.pieces >= %(least_approved)s
), flag AS (
  SELECT l.id AS line_id, 'NO_WORK' AS kind, 'EARNING' AS evidence,
         (SELECT max(x.earning_id::text)::uuid FROM payouts_cyclelineearning x WHERE x.line_id = l.id) AS evidence_id,
         jsonb_build_object('minor', l.bonus_minor, 'has_worked', EXISTS (
             SELECT 1 FROM payouts_earning e
              WHERE e.worker_id = l.worker_id AND e.unit <> ALL(%(extra)s) AND e.created_at < l.until)) AS facts
    FROM line l WHERE l.earned_minor = 0 AND l.bonus_minor > 0
  UNION ALL
  SELECT l.id, 'NEW_DESTINATION', 'PAYEE', l.payee_id,
         jsonb_build_object('last4', l.last4, 'was', o.last4, 'on', (o.paid_at AT TIME ZONE 'UTC')::date)
    FROM line l JOIN last_paid o ON o.line_id = l.id WHERE l.bank <> o.bank
  UNION ALL
  SELECT l.id, 'FIRST_PAY', 'PAYEE', l.payee_id, '{}' FROM line l
   WHERE NOT EXISTS (SELECT 1 FROM last_paid o WHERE o.line_id = l.id)
  UNION ALL
  SELECT l.id, 'SHARED_BANK', 'PAYEE', l.payee_id,
         jsonb_build_object('others', count(*), 'other', min(o.worker_id::text))
    FROM line l JOIN payouts_payee o ON o.bank_fingerprint = l.bank AND o.worker_id <> l.worker_id
   WHERE l.bank <> '' GROUP BY l.id, l.payee_id
  UNION ALL
  SELECT l.id, 'SHARED_TAX_ID', 'PAYEE', l.payee_id,
         jsonb_build_object('others', count(DISTINCT o.worker_id), 'other', min(o.worker_id::text))
    FROM line l JOIN payouts_taxform f ON f.worker_id = l.worker_id AND f.tin_hash <> '' AND f.state <> 'REJECTED'
    JOIN payouts_taxform o ON o.tin_hash = f.tin_hash AND o.worker_id <> l.worker_id AND o.state <> 'REJECTED'
   GROUP BY l.id, l.payee_id
  UNION ALL
  -- A hundredth of an hour is what rounding may add.
  SELECT line_id, 'IMPOSSIBLE_HOURS', 'EARNING', earning_id, jsonb_build_object('paid', paid, 'possible', hours)
    FROM possible WHERE paid > hours + 0.01
  UNION ALL
  SELECT line_id, 'ONE_APPROVER', 'EARNING', earning_id,
         jsonb_build_object('approver', approver, 'pieces', pieces, 'since', (since AT TIME ZONE 'UTC')::date)
    FROM always
)
"""
_KINDS_OF_LINES: Final = (
    _FLAGS
    + """
SELECT l.cycle_id, l.id, array_agg(f.kind) FROM line l JOIN flag f ON f.line_id = l.id
 GROUP BY l.cycle_id, l.id, l.amount_minor ORDER BY count(*) DESC, l.amount_minor DESC, l.id
"""
)
_REASONS: Final = _FLAGS + "SELECT line_id, kind, evidence, evidence_id, facts FROM flag"  # noqa: S608 - constants alone


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Why a line is looked at: ``kind`` of ``KINDS`` in ``words``; ``evidence`` is PAYEE or EARNING, by its id if there is one."""

    kind: str
    words: str
    evidence: str
    evidence_id: UUID | None


@dataclass(frozen=True, slots=True)
class FlaggedLine:
    """A line with its red flags, in the order of ``KINDS``."""

    line: CycleLine
    flags: Sequence[RedFlag]


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """How many lines of a cycle are to be looked at, and how many have each kind of flag.

    A common flag alone counts under its kind and makes no line one to look at.
    """

    lines: int
    by_kind: Mapping[str, int]


def find_unpaid_cycles(user: Any, *, cycle_id: UUID | None = None, currency: str = "") -> list[PayCycle]:
    """Return the cycles that ``user`` may see and whose money has not gone out; the one that is named in any state."""
    rows = PayCycle.objects.visible_to(user)
    rows = rows.filter(id=cycle_id) if cycle_id else rows.filter(state__in=UNPAID_STATES)
    return list(rows.filter(currency=currency) if currency else rows)


def count_red_flags(cycles: Iterable[PayCycle]) -> dict[UUID, FlagCounts]:
    """Return by id how many lines of each cycle are to be looked at, and why, in one look at them all."""
    wanted = [cycle.id for cycle in cycles]
    lines: Counter[UUID] = Counter()
    kinds: Counter[tuple[UUID, str]] = Counter()
    for cycle_id, _, found in _kinds_of_lines(wanted):
        lines[cycle_id] += is_to_look_at(found)
        kinds.update((cycle_id, kind) for kind in found)
    return {
        cycle_id: FlagCounts(lines[cycle_id], {kind: kinds[cycle_id, kind] for kind in KINDS if kinds[cycle_id, kind]})
        for cycle_id in wanted
    }


def list_flagged(cycles: Iterable[PayCycle], *, kind: str = "") -> list[UUID]:
    """Return the ids of lines to look at, or with a flag of ``kind``, those with most flags first and then the largest."""
    rows = _kinds_of_lines([cycle.id for cycle in cycles])
    return [line_id for _, line_id, kinds in rows if (kind in kinds if kind else is_to_look_at(kinds))]


def is_to_look_at(kinds: Sequence[str]) -> bool:
    """Say whether flags of these kinds together are a reason to look: one that is not common, or two."""
    return len(kinds) > 1 or not COMMON_KINDS.issuperset(kinds)


def explain_flags(line_ids: Sequence[UUID]) -> list[FlaggedLine]:
    """Return lines with why each is looked at, in their order."""
    rows = CycleLine.objects.select_related("worker", "cycle", "conversion__from_rate", "conversion__to_rate")
    lines = rows.in_bulk(line_ids)
    found = _read(_REASONS, [line.cycle_id for line in lines.values()], list(lines))
    named = {facts[key] for *_, facts in found for key in ("other", "approver") if key in facts}
    names = {str(person.pk): person.get_full_name() for person in get_user_model().objects.in_bulk(named).values()}
    flags: dict[UUID, list[RedFlag]] = {line_id: [] for line_id in lines}
    for line_id, kind, evidence, evidence_id, facts in sorted(found, key=lambda row: list(KINDS).index(row[1])):
        words = _WORDS[kind](facts, names, lines[line_id])
        flags[line_id].append(RedFlag(kind, words, evidence, evidence_id))
    return [FlaggedLine(lines[line_id], flags[line_id]) for line_id in line_ids if line_id in lines]


def _kinds_of_lines(cycle_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, list[str]]]:
    return _read(_KINDS_OF_LINES, cycle_ids, None)


def _read(query: str, cycle_ids: Iterable[UUID], line_ids: list[UUID] | None) -> list[Any]:
    given = {
        "cycles": list(set(cycle_ids)),
        "lines": line_ids,
        "extra": [str(unit) for unit in EXTRA_UNITS],
        "least_approved": LEAST_APPROVED,
        "most_hours": MOST_HOURS_A_DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


type _Facts = Mapping[str, Any]
type _Names = Mapping[str, str]


def _without_work(facts: _Facts, names: _Names, line: CycleLine) -> str:
    never = "" if facts["has_worked"] else " No work of theirs was ever approved."
    return f"Bonuses and corrections of {Money(facts['minor'], line.currency)} alone, and no work.{never}"


def _new_destination(facts: _Facts, names: _Names, line: CycleLine) -> str:
    return (
        f"Goes to {mask(facts['last4']) or 'another account'}; "
        f"they were last paid on {_day(facts['on'])} to {mask(facts['was']) or 'another one'}."
    )


def _shared(what: str) -> Any:
    def words(facts: _Facts, names: _Names, line: CycleLine) -> str:
        more = f" and of {facts['others'] - 1} more" if facts["others"] > 1 else ""
        return f"Their {what} is also that of {names[facts['other']]}{more}."

    return words


def _impossible_hours(facts: _Facts, names: _Names, line: CycleLine) -> str:
    return (
        f"{facts['paid']:.2f} hours are paid for times in which {facts['possible']:.2f} can be worked, "
        f"at most {MOST_HOURS_A_DAY} a day."
    )


def _first_pay(facts: _Facts, names: _Names, line: CycleLine) -> str:
    return "No payment has reached them before."


def _one_approver(facts: _Facts, names: _Names, line: CycleLine) -> str:
    return (
        f"{names[facts['approver']]} alone approved all {facts['pieces']} pieces of their work, "
        f"since {_day(facts['since'])}."
    )


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d %b %Y}"


_WORDS: Final = {
    "NO_WORK": _without_work,
    "NEW_DESTINATION": _new_destination,
    "SHARED_BANK": _shared("bank account"),
    "SHARED_TAX_ID": _shared("taxpayer number"),
    "IMPOSSIBLE_HOURS": _impossible_hours,
    "FIRST_PAY": _first_pay,
    "ONE_APPROVER": _one_approver,
}
