"""Rows that are written once: the database refuses to change, delete or truncate them, whoever asks.

One exception, for the right to be forgotten: while a person is being erased, the columns that a model names as ``erasable`` may
be written anew. The database knows it by a row of ``common_erasure`` of the same transaction, which itself stands for ever and
commits only beside the person's tombstone (decision 0013).
"""

from __future__ import annotations

from typing import Any, Final

import pgtrigger
from django.db import connections

_REFUSE = "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';"

#: Says whether this transaction is erasing somebody. Named with its schema: a temporary table of that name means nothing.
IS_ERASING: Final = """
CREATE FUNCTION public.muster_is_erasing() RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM public.common_erasure WHERE transaction_id = pg_current_xact_id()::text::bigint);
$$;
"""
IS_NOT_ERASING: Final = "DROP FUNCTION public.muster_is_erasing();"


def unless_erasing(*columns: str) -> str:
    """Return how a trigger's function begins that lets pass an UPDATE of these columns alone while a person is erased."""
    named = ", ".join(f"'{column}'" for column in columns)
    return f"""
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - ARRAY[{named}] = to_jsonb(OLD) - ARRAY[{named}] AND public.muster_is_erasing() THEN
            RETURN NEW;
        END IF;
    END IF;
"""


def append_only_triggers(*erasable: str) -> list[pgtrigger.Trigger]:
    """Return the triggers for ``Meta.triggers`` of an append-only model; ``erasable`` columns are written anew by an erasure.

    A model that uses them also sets the class attribute ``append_only = True``, from which the grants of the
    application's database role are computed (SELECT and INSERT only), and ``erasable`` to the same columns (UPDATE of them).
    """
    return [
        pgtrigger.Trigger(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            level=pgtrigger.Row,
            func=unless_erasing(*erasable) + _REFUSE if erasable else _REFUSE,
        ),
        pgtrigger.Trigger(
            name="never_truncated",
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func=_REFUSE,
        ),
    ]


def stands_but_for_erasure(name: str, *erasable: str) -> pgtrigger.Trigger:
    """Return a trigger that refuses to change or delete a row, except for these columns while a person is erased."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        level=pgtrigger.Row,
        func=unless_erasing(*erasable)
        + "RAISE EXCEPTION 'Cannot update or delete rows of %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
    )


#: Any session could write ``SET pgtrigger.ignore`` and pass every trigger; this answer makes that setting mean nothing.
NEVER_IGNORE = """
CREATE OR REPLACE FUNCTION "public"._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$
    BEGIN
        RETURN FALSE;
    END;
$$ LANGUAGE plpgsql;
"""


def refuse_ignoring(using: str = "default", **kwargs: Any) -> None:
    """Make triggers deaf to the setting that ignores them. Runs after migrations, since each restores the default."""
    with connections[using].cursor() as cursor:
        cursor.execute(NEVER_IGNORE)
