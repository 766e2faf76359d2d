"""The port through which the app that knows the clients tells which there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientName:
    """A client as the app that knows it calls it; ``id`` is the tenant of its earnings."""

    id: UUID
    name: str
    slug: str


type ClientDirectory = Callable[[str], ClientName | None]

_directories: list[ClientDirectory] = []


def register_client_directory(directory: ClientDirectory) -> None:
    """Let ``directory(text)`` find a client by its id or its short name, None if there is none."""
    _directories.append(directory)


def find_client(text: str) -> ClientName | None:
    """Return the client that ``text`` (an id or a short name) names."""
    return next((found for directory in _directories if (found := directory(text)) is not None), None)
