"""The marketplace app."""

from common.appconfig import FeatureAppConfig


class MarketplaceConfig(FeatureAppConfig):
    """Finds the features' admin, handlers and tasks."""

    name = "marketplace"
    default_auto_field = "django.db.models.BigAutoField"
