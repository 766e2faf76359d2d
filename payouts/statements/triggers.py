"""What the database asks of a statement at commit, when all its lines are there; lines cannot be added later."""

from __future__ import annotations

from typing import Final

import pgtrigger

_NUMBERS_FOLLOW: Final = """
    -- The counter's row is locked by whoever issues, so the highest number is the one before.
    IF NEW.number <> coalesce((SELECT max(number) FROM payouts_statement), 0) + 1 THEN
        RAISE EXCEPTION 'statement number % leaves a gap', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_without_gap';
    END IF;
    RETURN NEW;
"""

_SUMS: Final = """
    SELECT count(*) AS lines, coalesce(sum(amount_minor), 0) AS total INTO found
      FROM payouts_statementline WHERE statement_id = NEW.id;
    -- What was converted is stated as it was earned: the payout is what that became.
    SELECT CASE WHEN NEW.corrects_id IS NULL THEN 1 ELSE -1 END * coalesce(v.from_minor, p.amount_minor) AS amount_minor,
           coalesce(v.from_currency, p.currency) AS currency, p.worker_id INTO paid
      FROM payouts_payout p
      LEFT JOIN payouts_cycleline l ON l.payout_id = p.id
      LEFT JOIN payouts_conversion v ON v.line_id = l.id AND (v.paid_minor, v.to_currency) = (p.amount_minor, p.currency)
     WHERE p.id = NEW.payout_id;
    IF found.lines <> NEW.line_count OR found.total <> NEW.amount_minor
       OR (paid.amount_minor, paid.currency, paid.worker_id)
          IS DISTINCT FROM (NEW.amount_minor, NEW.currency, NEW.worker_id) THEN
        RAISE EXCEPTION 'statement % does not sum to its payout', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_sums_to_payout';
    END IF;
    RETURN NULL;
"""

_LINES_TRUE: Final = """
    -- Amount, currency and expert are the earning's, and the payout's own cycle line paid it; what is kept is a deduction.
    IF NEW.corrects_id IS NULL AND EXISTS (
        SELECT 1 FROM payouts_statementline l
          LEFT JOIN payouts_earning e ON e.id = l.earning_id
         WHERE l.statement_id = NEW.id
           AND CASE l.kind
               WHEN 'EARNING' THEN (l.amount_minor, NEW.worker_id, NEW.currency)
                    IS DISTINCT FROM (e.amount_minor, e.worker_id, e.currency)
                    OR NOT EXISTS (SELECT 1 FROM payouts_cyclelineearning x
                                     JOIN payouts_cycleline c ON c.id = x.line_id
                                    WHERE x.earning_id = e.id AND c.payout_id = NEW.payout_id)
               WHEN 'BROUGHT_FORWARD' THEN false
               ELSE l.amount_minor > 0 END
    ) THEN
        RAISE EXCEPTION 'a line of statement % is not what was earned', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_is_its_earning';
    END IF;
    RETURN NULL;
"""

_CORRECTS_ALL: Final = """
    IF NEW.corrects_id IS NOT NULL AND (EXISTS (
        SELECT line_no, kind, earning_id, -amount_minor FROM payouts_statementline WHERE statement_id = NEW.corrects_id
        EXCEPT SELECT line_no, kind, earning_id, amount_minor FROM payouts_statementline WHERE statement_id = NEW.id
    ) OR NOT EXISTS (
        SELECT 1 FROM payouts_statement o WHERE o.id = NEW.corrects_id AND o.corrects_id IS NULL
           AND (o.payout_id, o.cycle_id, o.worker_id, o.currency, o.line_count, o.number < NEW.number)
               IS NOT DISTINCT FROM (NEW.payout_id, NEW.cycle_id, NEW.worker_id, NEW.currency, NEW.line_count, true)
    )) THEN
        RAISE EXCEPTION 'statement % does not take back the one it names', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_corrects_the_whole';
    END IF;
    RETURN NULL;
"""

_EARNING_ONCE: Final = """
    -- An earning counts once for each statement that names it and once less for each that takes that back.
    IF EXISTS (
        SELECT 1 FROM payouts_statementline mine
          JOIN payouts_statementline l ON l.earning_id = mine.earning_id
          JOIN payouts_statement s ON s.id = l.statement_id
         WHERE mine.statement_id = NEW.id
         GROUP BY l.earning_id
        HAVING sum(CASE WHEN s.corrects_id IS NULL THEN 1 ELSE -1 END) NOT IN (0, 1)
    ) THEN
        RAISE EXCEPTION 'statement % names an earning that stands on another', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_earning_once';
    END IF;
    RETURN NULL;
"""

_SEALED: Final = """
    IF EXISTS (SELECT 1 FROM new_lines l JOIN payouts_statement s ON s.id = l.statement_id
                WHERE l.line_no > s.line_count) THEN
        RAISE EXCEPTION 'a statement takes no further line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_sealed';
    END IF;
    RETURN NULL;
"""


def statement_triggers() -> list[pgtrigger.Trigger]:
    """Return the triggers of statements: numbers follow each other, and at commit everything adds up."""
    found = [("found", "record"), ("paid", "record")]
    return [
        pgtrigger.Trigger(
            name="no_gap",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=_NUMBERS_FOLLOW,
        ),
        _at_commit("sums", _SUMS, found),
        _at_commit("lines_true", _LINES_TRUE),
        _at_commit("corrects_all", _CORRECTS_ALL),
        _at_commit("earning_once", _EARNING_ONCE),
    ]


def line_triggers() -> list[pgtrigger.Trigger]:
    """Return the trigger of lines: a statement takes none beyond those it declared."""
    return [
        pgtrigger.Trigger(
            name="sealed",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="new_lines"),  # type: ignore[no-untyped-call]  # not typed there
            func=_SEALED,
        ),
    ]


def _at_commit(name: str, func: str, declare: list[tuple[str, str]] | None = None) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=declare,
        func=func,
    )
