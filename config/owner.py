"""Connects as the owner of the tables for as long as a migration takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections

_IDENTITY = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner(alias: str = "default") -> Iterator[None]:
    """Let the connection `alias` of this thread act as the owner; afterwards it is the application's again."""
    connection = connections[alias]
    own = {key: connection.settings_dict[key] for key in _IDENTITY}
    owner = {key: settings.DATABASE_OWNER[key] for key in _IDENTITY}
    if own["USER"] == owner["USER"]:
        yield
        return
    connection.close()
    connection.settings_dict.update(owner)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(own)
