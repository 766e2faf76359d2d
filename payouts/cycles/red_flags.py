"""Lines of a cycle to look at before it is approved: pay without work, new and shared accounts, hours that cannot be.

Each is a reason to look, in words and with the rows that it was read from, and never a verdict: all of them have harmless
causes. Set-based, so that 20,000 lines are one look of the database.

Source: what is looked for are the signs of people on a payroll who do not exist or do not work, as auditors list them:
Association of Certified Fraud Examiners, Fraud Examiners Manual, "Payroll Fraud Schemes: Ghost Employees".
"""

from __future__ import annotations

import json
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

#: Each flag is read from the lines by itself: the lines of a new cycle are in no statistics yet, and a planner that takes them
#: for few then loops over indexes, never over another part of the statement. ``until``: what a cycle that was carried out did
#: itself is no news of its lines. A hundredth of an hour is what rounding may add.
_FLAGS: Final = """
WITH line AS (
  SELECT l.id AS line_id, l.cycle_id, l.worker_id, l.amount_minor, l.earned_minor, l.bonus_minor, p.id AS payee_id,
         coalesce(d.bank_fingerprint, p.bank_fingerprint, '') AS bank, coalesce(d.bank_last4, p.bank_last4, '') AS last4,
         coalesce(c.executed_at, 'infinity') AS until
    FROM payouts_cycleline l
    JOIN payouts_paycycle c ON c.id = l.cycle_id
    LEFT JOIN payouts_payee p ON p.worker_id = l.worker_id
    LEFT JOIN payouts_linedestination d ON d.line_id = l.id
   WHERE l.cycle_id = ANY(%(cycles)s) AND l.state = 'INCLUDED'
     AND (%(lines)s::uuid[] IS NULL OR l.id = ANY(%(lines)s))
), paid AS (
  SELECT l.*, o.bank AS was, o.was4, o.day
    FROM line l LEFT JOIN LATERAL (
      SELECT o.destination_fingerprint AS bank, o.bank_last4 AS was4, (o.paid_at AT TIME ZONE 'UTC')::date AS day
        FROM payouts_payout o
       WHERE o.worker_id = l.worker_id AND o.state = 'PAID' AND o.cycle_id IS DISTINCT FROM l.cycle_id
         AND o.created_at < l.until
       ORDER BY o.created_at DESC, o.id DESC LIMIT 1
    ) AS o ON true
), worked AS (
  SELECT l.cycle_id, l.line_id, l.amount_minor, l.worker_id, l.until, max(e.id::text)::uuid AS latest_id,
         sum(e.quantity) FILTER (WHERE e.unit = 'HOUR') AS hours,
         range_agg(tstzrange(e.worked_from, e.worked_to)) FILTER (WHERE e.unit = 'HOUR') AS times,
         max(e.worked_to) FILTER (WHERE e.unit = 'HOUR') - min(e.worked_from) FILTER (WHERE e.unit = 'HOUR') AS whole,
         min(e.approved_by_id::text) AS approver, max(e.approved_by_id::text) AS other_approver
    FROM line l
    JOIN payouts_cyclelineearning x ON x.line_id = l.line_id
    JOIN payouts_earning e ON e.id = x.earning_id AND e.unit <> ALL(%(extra)s)
   GROUP BY l.cycle_id, l.line_id, l.amount_minor, l.worker_id, l.until
), flag AS (
  SELECT l.cycle_id, l.line_id, l.amount_minor, 'NO_WORK' AS kind, 'EARNING' AS evidence,
         (SELECT max(x.earning_id::text)::uuid FROM payouts_cyclelineearning x WHERE x.line_id = l.line_id) AS evidence_id,
         jsonb_build_object('minor', l.bonus_minor, 'has_worked', EXISTS (
             SELECT 1 FROM payouts_earning e
              WHERE e.worker_id = l.worker_id AND e.unit <> ALL(%(extra)s) AND e.created_at < l.until)) AS facts
    FROM line l WHERE l.earned_minor = 0 AND l.bonus_minor > 0
  UNION ALL
  SELECT cycle_id, line_id, amount_minor, CASE WHEN was IS NULL THEN 'FIRST_PAY' ELSE 'NEW_DESTINATION' END, 'PAYEE',
         payee_id, jsonb_build_object('last4', last4, 'was', was4, 'on', day)
    FROM paid WHERE was IS NULL OR was <> bank
  UNION ALL
  SELECT l.cycle_id, l.line_id, l.amount_minor, 'SHARED_BANK', 'PAYEE', l.payee_id, to_jsonb(same)
    FROM line l CROSS JOIN LATERAL (
      SELECT count(*) AS others, min(o.worker_id::text) AS other FROM payouts_payee o
       WHERE o.bank_fingerprint = l.bank AND o.bank_fingerprint <> '' AND o.worker_id <> l.worker_id
    ) AS same WHERE same.others > 0
  UNION ALL
  SELECT l.cycle_id, l.line_id, l.amount_minor, 'SHARED_TAX_ID', 'PAYEE', l.payee_id, to_jsonb(same)
    FROM line l CROSS JOIN LATERAL (
      SELECT count(DISTINCT o.worker_id) AS others, min(o.worker_id::text) AS other
        FROM payouts_taxform t JOIN payouts_taxform o ON o.tin_hash = t.tin_hash
       WHERE t.worker_id = l.worker_id AND t.tin_hash <> '' AND t.state <> 'REJECTED'
         AND o.worker_id <> l.worker_id AND o.state <> 'REJECTED'
    ) AS same WHERE same.others > 0
  UNION ALL
  SELECT w.cycle_id, w.line_id, w.amount_minor, 'IMPOSSIBLE_HOURS', 'EARNING', w.latest_id,
         jsonb_build_object('paid', w.hours, 'possible', possible.hours)
    FROM worked w CROSS JOIN LATERAL (
      SELECT least(coalesce(sum(extract(epoch FROM upper(one) - lower(one))) / 3600, 0),
                   %(most_hours)s * ceil(extract(epoch FROM w.whole) / 86400)) AS hours
        FROM unnest(w.times) AS one
    ) AS possible WHERE w.hours > possible.hours + 0.01
  UNION ALL
  SELECT w.cycle_id, w.line_id, w.amount_minor, 'ONE_APPROVER', 'EARNING', w.latest_id,
         jsonb_build_object('approver', w.approver, 'pieces', ever.pieces, 'since', ever.since)
    FROM worked w CROSS JOIN LATERAL (
      SELECT count(*) AS pieces, (min(e.created_at) AT TIME ZONE 'UTC')::date AS since,
             bool_and(e.approved_by_id = w.approver::uuid) AS by_one
        FROM payouts_earning e
       WHERE e.worker_id = w.worker_id AND e.unit <> ALL(%(extra)s) AND e.created_at < w.until
    ) AS ever WHERE w.approver = w.other_approver AND ever.by_one AND ever.pieces >= %(least_approved)s
)
"""
_KINDS_OF_LINES: Final = (
    _FLAGS
    + """
SELECT cycle_id, line_id, array_agg(kind) FROM flag
 GROUP BY cycle_id, line_id, amount_minor ORDER BY count(*) DESC, amount_minor DESC, line_id
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
    rows = _kinds_of_lines(wanted)
    return {cycle_id: _count(row for row in rows if row[0] == cycle_id) for cycle_id in wanted}


def list_flagged(cycles: Iterable[PayCycle], *, kind: str = "") -> list[UUID]:
    """Return the ids of lines to look at, or with a flag of ``kind``, those with most flags first and then the largest."""
    return _listed(_kinds_of_lines([cycle.id for cycle in cycles]), kind)


def look_through(cycle: PayCycle) -> tuple[FlagCounts, list[UUID]]:
    """Return both of one cycle: how many lines are to be looked at and why, and which."""
    rows = _kinds_of_lines([cycle.id])
    return _count(rows), _listed(rows, "")


type _Kinds = tuple[UUID, UUID, list[str]]


def _count(rows: Iterable[_Kinds]) -> FlagCounts:
    lines, kinds = 0, Counter[str]()
    for _, _, found in rows:
        lines += is_to_look_at(found)
        kinds.update(found)
    return FlagCounts(lines, {kind: kinds[kind] for kind in KINDS if kinds[kind]})


def _listed(rows: Iterable[_Kinds], kind: str) -> list[UUID]:
    return [line_id for _, line_id, kinds in rows if (kind in kinds if kind else is_to_look_at(kinds))]


def is_to_look_at(kinds: Sequence[str]) -> bool:
    """Say whether flags of these kinds together are a reason to look: one that is not common, or two."""
    return len(kinds) > 1 or not COMMON_KINDS.issuperset(kinds)


def explain_flags(line_ids: Sequence[UUID]) -> list[FlaggedLine]:
    """Return lines with why each is looked at, in their order."""
    every = CycleLine.objects.select_related("worker", "cycle", "conversion__from_rate", "conversion__to_rate")
    lines = every.in_bulk(line_ids)
    rows = _read(_REASONS, [line.cycle_id for line in lines.values()], list(lines))
    # Django reads jsonb as text.
    found = [(*row, json.loads(facts)) for *row, facts in rows]
    named = {facts[key] for *_, facts in found for key in ("other", "approver") if key in facts}
    names = {str(person.pk): person.get_full_name() for person in get_user_model().objects.in_bulk(named).values()}
    flags: dict[UUID, list[RedFlag]] = {line_id: [] for line_id in lines}
    for line_id, kind, evidence, evidence_id, facts in sorted(found, key=lambda row: list(KINDS).index(row[1])):
        words = _WORDS[kind](facts, names, lines[line_id])
        flags[line_id].append(RedFlag(kind, words, evidence, evidence_id))
    return [FlaggedLine(lines[line_id], flags[line_id]) for line_id in line_ids if line_id in lines]


def _kinds_of_lines(cycle_ids: Sequence[UUID]) -> list[_Kinds]:
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
        return list(cursor.fetchall())


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
