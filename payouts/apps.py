"""The payouts app."""

from common.appconfig import FeatureAppConfig


class PayoutsConfig(FeatureAppConfig):
    """Finds the features' admin, handlers and tasks."""

    default = True  # the base class stands in this module too, so Django would take neither
    name = "payouts"
    default_auto_field = "django.db.models.BigAutoField"
