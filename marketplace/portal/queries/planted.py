"""Planted items as managers know them: by the task that carries one. Quality knows it by an opaque key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.work.models import Task
from marketplace.work.rules import task_id_of
from quality.facade import PlantedCount, count_planted

#: Whether planted items are found is shown of this long a time.
RECENT: Final = timedelta(days=7)


def name_items(item_keys: Iterable[str]) -> dict[str, str]:
    """Return the task's own external id for each item key; a key that names no task stands for itself."""
    keys = set(item_keys)
    ids = {key: found for key in keys if (found := task_id_of(key)) is not None}
    names = dict(Task.objects.filter(id__in=ids.values()).values_list("id", "external_id"))
    return {key: names.get(ids[key], key) if key in ids else key for key in keys}


def name_item(item_key: str) -> str:
    """Return the task's own external id, or the key if it names no task."""
    return name_items([item_key])[item_key]


def count_recent(user: User, *, project: Project | None, now: datetime) -> PlantedCount:
    """Return how many planted items of the viewer's projects (or of one) were met lately, and in how many they were found."""
    projects = Project.objects.managed_by(user) if project is None else [project]
    places = [(str(row.organization_id), row.code) for row in projects]
    return count_planted(user, places=places, since=now - RECENT)
