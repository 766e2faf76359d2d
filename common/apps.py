"""The kernel as a Django app."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Registers the kernel's models and tasks."""

    name = "common"
    default_auto_field = "django.db.models.BigAutoField"
