"""The marketplace app."""

from common.appconfig import FeatureAppConfig


class MarketplaceConfig(FeatureAppConfig):
    """Finds the features' admin, handlers and tasks."""

    default = True  # the base class stands in this module too, so Django would take neither
    name = "marketplace"
    default_auto_field = "django.db.models.BigAutoField"
