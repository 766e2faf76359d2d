"""The wiring as a Django app: its commands and checks see every other app."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the deployment checks and what the API document says of our own classes."""

    name = "config"

    def ready(self) -> None:
        # Both register by being imported, once the apps are there.
        from config import checks, openapi  # noqa: F401, PLC0415
