"""What the database itself refuses, whoever asks. Each refusal carries a constraint name, so that callers can tell it.

``pgtrigger.ignore`` does not disarm these: ``common.append_only`` replaces the function that would let it.
"""

from __future__ import annotations

from typing import Any

import pgtrigger

#: The name under which a posting into a closed period, or outside of its period, is refused.
PERIOD_OPEN = "journal_entry_period_open"

#: The name under which opening a month before a closed one, or closing one after an open one, is refused.
PERIOD_IN_ORDER = "ledger_period_in_order"

_PERIOD_IS_OPEN = """
    -- FOR SHARE makes closing a period wait for the postings into it, and the other way round.
    PERFORM 1 FROM payouts_period
      WHERE id IN (SELECT period_id FROM new_entries) ORDER BY id FOR SHARE;
    SELECT e.idempotency_key, e.effective_on, p.month INTO refused
      FROM new_entries e JOIN payouts_period p ON p.id = e.period_id
      WHERE p.state = 'CLOSED' OR e.effective_on < p.starts_on OR e.effective_on >= p.ends_on
      LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % of % does not belong into period %, or the period is closed',
            refused.idempotency_key, refused.effective_on, refused.month
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_period_open';
    END IF;
    RETURN NULL;
"""

_REVERSAL_MIRRORS = """
    IF EXISTS (SELECT 1 FROM payouts_journalentry WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL) THEN
        RAISE EXCEPTION 'entry % would reverse a reversal', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_reverses_no_reversal';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT * FROM payouts_journalline WHERE entry_id = NEW.reverses_id) o
          FULL JOIN (SELECT * FROM payouts_journalline WHERE entry_id = NEW.id) r ON r.line_no = o.line_no
         WHERE (o.debit_id, o.credit_id, o.currency, o.amount_minor)
               IS DISTINCT FROM (r.credit_id, r.debit_id, r.currency, r.amount_minor)) THEN
        RAISE EXCEPTION 'entry % is not the opposite of %, line by line', NEW.id, NEW.reverses_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_mirrors_reversed';
    END IF;
    RETURN NULL;
"""

_ENTRIES_ARE_COMPLETE = """
    -- All lines of an entry come in one statement, after the entry and in its transaction. An entry commits only with
    -- its last line (journal_entry_complete), so what another transaction sees of it is whole and takes no line.
    -- Each entry and account is looked up by key: a joined plan, kept from a large set, reads whole tables for a small one.
    SELECT g.entry_id, g.last_no, g.lines, e.line_count, e.id IS NULL AS is_unknown INTO refused
      FROM (
        SELECT l.entry_id, max(l.line_no) AS last_no, count(*) AS lines, string_agg(
               (SELECT code FROM payouts_ledgeraccount WHERE id = l.debit_id) || '|'
               || (SELECT code FROM payouts_ledgeraccount WHERE id = l.credit_id) || '|'
               || l.currency || '|' || l.amount_minor::text || E'\\n', '' ORDER BY l.line_no) AS told
          FROM new_lines l GROUP BY l.entry_id
      ) g
      LEFT JOIN LATERAL (SELECT * FROM payouts_journalentry WHERE id = g.entry_id OFFSET 0) e ON true
     WHERE e.id IS NULL OR g.lines <> e.line_count OR g.last_no <> e.line_count
        OR e.sha256 IS DISTINCT FROM encode(sha256(convert_to(
             e.idempotency_key || E'\\n' || e.kind || E'\\n' || to_char(e.effective_on, 'YYYY-MM-DD') || E'\\n'
             || e.source || E'\\n' || coalesce(e.reverses_id::text, '') || E'\\n'
             || coalesce(e.created_by_id::text, '') || E'\\n'
             || trunc(extract(epoch FROM e.created_at) * 1000000)::bigint::text || E'\\n' || g.told, 'UTF8')), 'hex')
     LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF refused.is_unknown THEN
        RAISE EXCEPTION 'lines come after their entry: there is no entry %', refused.entry_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'journal_line_after_entry';
    ELSIF refused.last_no > refused.line_count THEN
        RAISE EXCEPTION 'entry % takes no line %', refused.entry_id, refused.last_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_sealed';
    ELSIF refused.lines <> refused.line_count THEN
        RAISE EXCEPTION 'entry % declares % lines and has %', refused.entry_id, refused.line_count, refused.lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_complete';
    END IF;
    RAISE EXCEPTION 'entry % does not match its sha256', refused.entry_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_digest';
"""

_BALANCES_FOLLOW = """
    -- Locking in account order keeps two postings over the same accounts from waiting for each other.
    PERFORM 1 FROM payouts_ledgerbalance
      WHERE account_id IN (SELECT debit_id FROM new_lines UNION SELECT credit_id FROM new_lines)
      ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE payouts_ledgerbalance b
      SET balance_minor = b.balance_minor + CASE a.side WHEN 'DEBIT' THEN m.moved ELSE -m.moved END
      FROM (
        SELECT account_id, sum(amount) AS moved FROM (
          SELECT debit_id AS account_id, amount_minor AS amount FROM new_lines
          UNION ALL SELECT credit_id, -amount_minor FROM new_lines
        ) AS movement GROUP BY account_id
      ) AS m
      JOIN payouts_ledgeraccount a ON a.id = m.account_id
      WHERE b.account_id = m.account_id;
    RETURN NULL;
"""

_SEALS_CHAIN = """
    SELECT n.position INTO refused
      FROM new_seals n
      JOIN payouts_journalentry e ON e.id = n.entry_id
      LEFT JOIN payouts_entryseal b ON b.position = n.position - 1
      WHERE (b.position IS NULL AND n.position <> 1) OR n.sha256 <> encode(sha256(convert_to(
        coalesce(b.sha256, repeat('0', 64)) || E'\\n' || n.entry_id || E'\\n' || e.sha256, 'UTF8')), 'hex')
      LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'seal % does not follow from the seal before it and its entry', refused.position
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_seal_chained';
    END IF;
    RETURN NULL;
"""

_BALANCES_OPEN = """
    INSERT INTO payouts_ledgerbalance (account_id, balance_minor, floor_minor)
      SELECT id, 0, floor_minor FROM new_accounts
      WHERE floor_minor IS NOT NULL OR worker_id IS NOT NULL ORDER BY id;
    RETURN NULL;
"""

_BALANCE_IS_DERIVED = """
    -- Depth 1 is a statement that somebody wrote; the ledger's own triggers write from a deeper level.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow from journal lines: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_balance_derived';
    END IF;
    RETURN NEW;
"""

_PERIOD_IS_FIXED = """
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.month, NEW.starts_on, NEW.ends_on)
         IS DISTINCT FROM (OLD.id, OLD.month, OLD.starts_on, OLD.ends_on) OR OLD.state = 'CLOSED' THEN
        RAISE EXCEPTION 'period % cannot be moved, reopened or removed', OLD.month
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_period_fixed';
    END IF;
    RETURN NEW;
"""

_PERIODS_CLOSE_IN_ORDER = """
    -- One order for both: whoever opens a month and whoever closes one wait for each other, so that neither misses the
    -- other's row. Months are opened and closed a dozen times a year.
    PERFORM pg_advisory_xact_lock(7305002);
    IF EXISTS (SELECT 1 FROM payouts_period o JOIN payouts_period c ON c.starts_on > o.starts_on
                WHERE o.state <> 'CLOSED' AND c.state = 'CLOSED') THEN
        RAISE EXCEPTION 'period %: the books are closed up to a later month, or an earlier one is open', NEW.month
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_period_in_order';
    END IF;
    RETURN NULL;
"""


def _after_insert(name: str, rows: str, func: str, declare: list[tuple[str, str]] | None = None) -> Any:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new=rows),  # type: ignore[no-untyped-call]  # the library types it not
        declare=declare,
        func=func,
    )


def account_triggers() -> list[Any]:
    """Return the trigger that opens the balance of an account with an owner or a floor."""
    return [_after_insert("open_balances", "new_accounts", _BALANCES_OPEN)]


def entry_triggers() -> list[Any]:
    """Return the triggers that refuse a closed period at once, and at commit what is no true reversal."""
    return [
        _after_insert("period_open", "new_entries", _PERIOD_IS_OPEN, [("refused", "record")]),
        pgtrigger.Trigger(
            name="mirrors",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Q(new__reverses__isnull=False),
            func=_REVERSAL_MIRRORS,
        ),
    ]


def line_triggers() -> list[Any]:
    """Return the triggers that refuse lines which are not all and only those of their entry, and carry balances along."""
    return [
        _after_insert("b_balances", "new_lines", _BALANCES_FOLLOW),
        _after_insert("complete", "new_lines", _ENTRIES_ARE_COMPLETE, [("refused", "record")]),
    ]


def seal_triggers() -> list[Any]:
    """Return the trigger that refuses a seal which does not follow from the one before it."""
    return [_after_insert("chained", "new_seals", _SEALS_CHAIN, [("refused", "record")])]


def balance_triggers() -> list[Any]:
    """Return the trigger that refuses any balance written by hand."""
    return [
        pgtrigger.Trigger(
            name="derived",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func=_BALANCE_IS_DERIVED,
        ),
        _never_truncated(),
    ]


def period_triggers() -> list[Any]:
    """Return the triggers that let a period be closed once, in the order of months, and changed in no other way."""
    return [
        pgtrigger.Trigger(
            name="fixed",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=_PERIOD_IS_FIXED,
        ),
        pgtrigger.Trigger(
            name="in_order",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]  # the library types it not
            func=_PERIODS_CLOSE_IN_ORDER,
        ),
        _never_truncated(),
    ]


def _never_truncated() -> Any:
    return pgtrigger.Trigger(
        name="never_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION '% is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
    )
