"""The Celery application: the doorbell of the database's queues."""

import os
from importlib import import_module
from importlib.util import find_spec

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("muster")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.on_after_finalize.connect
def collect_schedules(sender: Celery, **kwargs: object) -> None:
    """Gather each feature's BEAT_SCHEDULE; the apps are loaded by then."""
    from django.apps import apps  # noqa: PLC0415 - the registry is not ready at import

    schedule = {}
    for config in apps.get_app_configs():
        names = [f"{config.name}.tasks"]
        if config.name in ("marketplace", "quality", "payouts"):
            from pathlib import Path  # noqa: PLC0415

            names = [f"{config.name}.{folder.name}.tasks" for folder in Path(config.path).iterdir() if folder.is_dir()]
        for name in names:
            try:
                found = find_spec(name)
            except ModuleNotFoundError:
                found = None
            if found is not None:
                schedule.update(getattr(import_module(name), "BEAT_SCHEDULE", {}))
    sender.conf.beat_schedule = schedule
