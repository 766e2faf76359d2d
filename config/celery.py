"""The Celery application: the doorbell of the database's queues.

A task takes ids, looks at its rows and does what is due: it may run twice or not at all, and a sweep from the beat
schedule finds what the broker lost.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.apps import apps

from config.startup import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("muster")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.on_after_finalize.connect
def collect_schedules(sender: Celery, **kwargs: Any) -> None:
    """Gather each BEAT_SCHEDULE; the modules are imported by then, since each app imports its tasks when ready."""
    sender.conf.beat_schedule = beat_schedule()


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the entries of all `tasks.py` of our apps and their features.

    Raises: ValueError if two entries have one name, of which one would never run.
    """
    schedule: dict[str, dict[str, Any]] = {}
    for name in _task_modules():
        for entry, what in getattr(import_module(name), "BEAT_SCHEDULE", {}).items():
            if entry in schedule:
                raise ValueError(f"two BEAT_SCHEDULE entries are named {entry!r}")
            schedule[entry] = what
    return schedule


def _task_modules() -> list[str]:
    names = []
    for config in apps.get_app_configs():
        if config.name not in {"common", "marketplace", "quality", "payouts"}:
            continue
        packages = [folder.name for folder in sorted(Path(config.path).iterdir()) if (folder / "__init__.py").exists()]
        candidates = [f"{config.name}.tasks", *(f"{config.name}.{package}.tasks" for package in packages)]
        names += [name for name in candidates if find_spec(name) is not None]
    return names


@setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Keep Django's LOGGING: Celery would put its own handlers in its place."""


@worker_init.connect
@beat_init.connect
def look_before_work(**kwargs: Any) -> None:
    """Refuse to begin with unsafe settings."""
    refuse_unsafe_start()
