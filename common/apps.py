"""The kernel as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    """Registers the kernel's models and tasks, and keeps triggers armed after each migration."""

    name = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common.append_only import refuse_ignoring  # noqa: PLC0415  settings are ready only now

        post_migrate.connect(refuse_ignoring, sender=self)
