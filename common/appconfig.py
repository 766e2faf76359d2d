"""An app whose features are folders: Django looks for faces at the top of an app only, so this looks in the features."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig

FACES_WITH_REGISTRATIONS = ("admin", "handlers", "tasks", "navigation", "grants", "checks", "erasure")


class FeatureAppConfig(AppConfig):
    """When the app is ready, imports those modules of each feature that register something by being imported."""

    # With two candidates in an `apps.py`, this one and the app's own, Django silently takes neither.
    default = False

    def __init_subclass__(cls) -> None:
        cls.default = True

    def ready(self) -> None:
        for folder in sorted(Path(self.path).iterdir()):
            if not (folder / "__init__.py").exists():
                continue
            for face in FACES_WITH_REGISTRATIONS:
                name = f"{self.name}.{folder.name}.{face}"
                if find_spec(name) is not None:
                    import_module(name)
