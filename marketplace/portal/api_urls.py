"""Routes of what crosses features, under ``/api/v1/``."""

from django.urls import path

from marketplace.portal.api import UncertainItemsView

urlpatterns = [
    path("quality/uncertain-items/", UncertainItemsView.as_view(), name="quality-uncertain-items"),
]
