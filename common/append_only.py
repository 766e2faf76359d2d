"""Rows that are written once: the database refuses to change, delete or truncate them, whoever asks."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import connections

_REFUSE = "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';"


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """Return the triggers for ``Meta.triggers`` of an append-only model.

    A model that uses them also sets the class attribute ``append_only = True``, from which the grants of the
    application's database role are computed (SELECT and INSERT only).
    """
    return [
        pgtrigger.Trigger(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            level=pgtrigger.Row,
            func=_REFUSE,
        ),
        pgtrigger.Trigger(
            name="never_truncated",
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func=_REFUSE,
        ),
    ]


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
