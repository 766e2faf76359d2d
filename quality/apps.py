"""The quality app."""

from common.appconfig import FeatureAppConfig


class QualityConfig(FeatureAppConfig):
    """Finds the features' admin, handlers and tasks."""

    name = "quality"
    default_auto_field = "django.db.models.BigAutoField"
