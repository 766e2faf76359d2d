"""State machines as data: a model declares ``TRANSITIONS`` and every change of ``state`` goes through ``move``.

    class Offer(models.Model):
        TRANSITIONS = {"SENT": {"ACCEPTED", "DECLINED"}, "ACCEPTED": set(), "DECLINED": set()}
        state = models.CharField(choices=State, max_length=20)

``move`` refuses what the table does not hold, saves the row and writes the audit event of the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Model

from common import audit
from common.errors import Conflict

type TransitionTable = Mapping[str, Set[str]]


class IllegalTransition(Conflict):
    """The object's state does not allow the change."""

    code = "illegal_transition"


class Stateful(Protocol):
    """What ``move`` needs of a model."""

    state: str

    @property
    def TRANSITIONS(self) -> TransitionTable: ...  # noqa: N802 - a model writes it as a class variable


def can_move(row: Stateful, to: str) -> bool:
    """Say whether the table lets ``row`` go from its state to ``to``."""
    return to in row.TRANSITIONS.get(row.state, frozenset())


def move(
    row: Any,
    to: str,
    *,
    by: UUID | None,
    now: datetime,
    reason_code: str = "",
    reason_text: str = "",
    also: Mapping[str, Any] | None = None,
) -> None:
    """Change ``row.state`` to ``to``, set the fields in ``also``, save both and record who did it.

    The caller holds the row's lock (``select_for_update``) and the transaction.

    Raises:
        IllegalTransition: the table does not allow it; nothing is written.
    """
    if not can_move(row, to):
        raise IllegalTransition(f"A {row._meta.verbose_name} that is {row.state} cannot become {to}.")
    before, row.state = row.state, to
    for name, value in (also or {}).items():
        setattr(row, name, value)
    save_state(row, also=also)
    audit.record(
        action=f"{row._meta.model_name}.{to.lower()}",
        target=row,
        by=by,
        now=now,
        reason_code=reason_code,
        reason_text=reason_text,
        detail={"from": before, "to": to},
    )


def save_state(row: Model, *, also: Mapping[str, Any] | None = None) -> None:
    """Save the state and the named fields, and count the version up where the model has one."""
    fields = {"state", *(also or {})}
    if hasattr(row, "version") and "version" not in fields:
        row.version += 1
        fields.add("version")
    row.save(update_fields=fields)
