"""The port through which the app that knows the work tells what an earning's source key stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStep:
    """One step of the work behind an earning. ``actor`` names who acted as the expert may know it."""

    id: str
    title: str
    at: datetime | None = None
    actor_id: UUID | None = None
    actor: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStory:
    """What a source key stands for; None is what nothing is known of."""

    work: Sequence[WorkStep] = ()
    rate_line: WorkStep | None = None
    approval: WorkStep | None = None


type WorkProvider = Callable[[str, str], WorkStory | None]

_providers: list[WorkProvider] = []


def register_work_provider(provider: WorkProvider) -> None:
    """Let ``provider(source_key, rate_line_key)`` tell the work behind an earning, None if the key is not its own."""
    _providers.append(provider)


def tell_work(source_key: str, rate_line_key: str) -> WorkStory:
    """Return the story of a source key, an empty one if nobody knows it."""
    stories = (provider(source_key, rate_line_key) for provider in _providers)
    return next((story for story in stories if story is not None), WorkStory())
