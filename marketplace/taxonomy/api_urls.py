"""Routes of the catalogue, under ``/api/v1/``."""

from django.urls import path

from marketplace.taxonomy import api

urlpatterns = [path("taxonomy/nodes/", api.NodesView.as_view(), name="taxonomy-nodes")]
