"""The payouts app."""

from common.appconfig import FeatureAppConfig


class PayoutsConfig(FeatureAppConfig):
    """Finds the features' admin, handlers and tasks."""

    name = "payouts"
    default_auto_field = "django.db.models.BigAutoField"
