"""Who looks at a trace: finance sees names and the books' accounts, an expert their own way in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from common.permissions import has_grant

_SYSTEM = "the system"


@dataclass(slots=True)
class Viewer:
    """Whoever asked, and the names already read for them."""

    user: Any
    is_staff: bool = False
    _names: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_staff = has_grant(self.user, "finance.read") or has_grant(self.user, "audit.read")

    def name(self, actor_id: UUID | None, words: str = _SYSTEM) -> str:
        """Return who acted: by name to finance, and in ``words`` to the expert, who is "you" themselves."""
        if actor_id is None:
            return words
        if actor_id == self.user.pk:
            return "you"
        if not self.is_staff:
            return words
        if actor_id not in self._names:
            person = get_user_model().objects.filter(pk=actor_id).first()
            self._names[actor_id] = person.get_full_name() if person else str(actor_id)
        return self._names[actor_id]

    def shown_id(self, actor_id: UUID | None) -> UUID | None:
        """Return the id of who acted; to an expert only their own."""
        return actor_id if self.is_staff or actor_id == self.user.pk else None

    def facts(self, *facts: tuple[str, Any]) -> Sequence[tuple[str, str]]:
        """Return the facts that are not empty, to finance alone."""
        return tuple((label, str(value)) for label, value in facts if value) if self.is_staff else ()
