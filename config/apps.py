"""The wiring as a Django app: its commands and checks see every other app."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the deployment checks."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 - checks register by being imported, once the apps are there
