"""Rows that are written once: the database refuses to change, delete or truncate them, whoever asks."""

from __future__ import annotations

import pgtrigger


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """Return the triggers for ``Meta.triggers`` of an append-only model.

    A model that uses them also sets the class attribute ``append_only = True``, from which the grants of the
    application's database role are computed (SELECT and INSERT only).
    """
    return [
        pgtrigger.Protect(
            name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        pgtrigger.Protect(
            name="never_truncated",
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
        ),
    ]
