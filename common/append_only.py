"""Rows that are written once: the database refuses to change, delete or truncate them, whoever asks."""

from __future__ import annotations

import pgtrigger

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
