"""What the database asks of invoices: numbers follow each other, lines are their charges and sum to the total."""

from __future__ import annotations

from typing import Any, Final

import pgtrigger

_NUMBERS_FOLLOW: Final = """
    -- The counter's row is locked by whoever issues, so the highest number is the one before.
    IF NEW.number <> coalesce((SELECT max(number) FROM payouts_{table}), 0) + 1 THEN
        RAISE EXCEPTION 'number % leaves a gap', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_without_gap';
    END IF;
    RETURN NEW;
"""

_ADDS_UP: Final = """
    IF (SELECT (count(*), sum(amount_minor)) FROM payouts_invoiceline WHERE invoice_id = NEW.id)
       IS DISTINCT FROM (SELECT (NEW.line_count::bigint, NEW.total_minor::numeric)) THEN
        RAISE EXCEPTION 'invoice % does not sum to its total', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_sums_to_total';
    END IF;
    -- A line is its charges, all of the invoice's client, priced and made before the day it says.
    IF EXISTS (
        SELECT 1 FROM payouts_invoiceline l
          LEFT JOIN payouts_invoicedusage x ON x.line_id = l.id
          LEFT JOIN payouts_usageline u ON u.id = x.usage_id
         WHERE l.invoice_id = NEW.id
         GROUP BY l.id
        HAVING sum(u.amount_minor) IS DISTINCT FROM l.amount_minor OR sum(u.quantity) IS DISTINCT FROM l.quantity
            OR bool_or((u.account_id, u.project, u.unit, u.method, u.rate_minor)
                       IS DISTINCT FROM (NEW.account_id, l.project, l.unit, l.method, l.rate_minor))
            OR bool_or((u.approved_at AT TIME ZONE 'UTC')::date >= NEW.until)
    ) THEN
        RAISE EXCEPTION 'a line of invoice % is not what was charged', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_line_is_its_charges';
    END IF;
    IF NEW.currency IS DISTINCT FROM (SELECT currency FROM payouts_clientaccount WHERE id = NEW.account_id) THEN
        RAISE EXCEPTION 'invoice % is not in its account''s currency', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_currency';
    END IF;
    RETURN NULL;
"""

_LINES_SEALED: Final = """
    IF EXISTS (SELECT 1 FROM new_lines l JOIN payouts_invoice i ON i.id = l.invoice_id
                WHERE l.line_no > i.line_count) THEN
        RAISE EXCEPTION 'an invoice takes no further line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_sealed';
    END IF;
    RETURN NULL;
"""

_USAGE_SEALED: Final = """
    -- What is issued or refused takes no further charge; a draft is compared as a whole at commit and when it is issued.
    IF EXISTS (SELECT 1 FROM new_rows x JOIN payouts_invoiceline l ON l.id = x.line_id
                 JOIN payouts_invoice i ON i.id = l.invoice_id WHERE i.state <> 'PROPOSED') THEN
        RAISE EXCEPTION 'an invoice that was decided takes no further charge'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_sealed';
    END IF;
    RETURN NULL;
"""

_RELEASED_ONCE: Final = """
    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
       OR (NEW.id, NEW.line_id, NEW.usage_id) IS DISTINCT FROM (OLD.id, OLD.line_id, OLD.usage_id) THEN
        RAISE EXCEPTION 'a charge on an invoice is released once: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoiced_usage_stands';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM payouts_invoiceline l JOIN payouts_invoice i ON i.id = l.invoice_id
         WHERE l.id = NEW.line_id AND (i.state IN ('REJECTED', 'WITHDRAWN') OR EXISTS (
           SELECT 1 FROM payouts_creditnote c WHERE c.invoice_id = i.id AND c.state = 'APPROVED'))) THEN
        RAISE EXCEPTION 'a charge leaves no invoice that stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoiced_usage_stands';
    END IF;
    RETURN NEW;
"""

_SETTLED_WITHIN_TOTAL: Final = """
    IF EXISTS (
        SELECT 1 FROM payouts_invoice i
          CROSS JOIN LATERAL (SELECT sum(amount_minor) AS paid FROM payouts_invoicesettlement WHERE invoice_id = i.id) s
         WHERE i.id = NEW.invoice_id AND (s.paid < 0 OR s.paid > i.total_minor OR i.state <> 'APPROVED')) THEN
        RAISE EXCEPTION 'invoice % is paid beyond its total', NEW.invoice_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_settled_within_total';
    END IF;
    RETURN NULL;
"""


def number_triggers(table: str) -> list[Any]:
    """Return the trigger by which the numbers of a series follow each other, from one on."""
    return [
        pgtrigger.Trigger(
            name="no_gap",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__number__isnull=True, new__number__isnull=False),
            func=_NUMBERS_FOLLOW.format(table=table),
        ),
        pgtrigger.Trigger(
            name="begins_as_proposal",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(new__state="PROPOSED"),
            func=f"RAISE EXCEPTION 'a document begins as a proposal' USING ERRCODE = 'check_violation', "
            f"CONSTRAINT = '{table}_begins_as_proposal';",
        ),
    ]


def invoice_triggers() -> list[Any]:
    """Return the triggers that compare an invoice with its lines and charges, at commit and when it is issued."""
    return [
        pgtrigger.Trigger(
            name="adds_up",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]  # not typed there
            condition=pgtrigger.Q(new__state="PROPOSED") | pgtrigger.Q(new__state="APPROVED"),
            timing=pgtrigger.Deferred,
            func=_ADDS_UP,
        ),
    ]


def line_triggers() -> list[Any]:
    """Return the trigger of lines: an invoice takes none beyond those it declared."""
    return [_after_insert("sealed", "new_lines", _LINES_SEALED)]


def invoiced_usage_triggers() -> list[Any]:
    """Return the triggers by which a charge stands on its line until that invoice is refused or credited."""
    return [
        _after_insert("sealed", "new_rows", _USAGE_SEALED),
        pgtrigger.Trigger(
            name="released_once",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=_RELEASED_ONCE,
        ),
    ]


def settlement_triggers() -> list[Any]:
    """Return the trigger that lets nobody pay more of an invoice than its total, or take back more than was paid."""
    return [
        pgtrigger.Trigger(
            name="within_total",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            func=_SETTLED_WITHIN_TOTAL,
        ),
    ]


def _after_insert(name: str, rows: str, func: str) -> Any:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new=rows),  # type: ignore[no-untyped-call]  # not typed there
        func=func,
    )
