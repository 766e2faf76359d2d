"""The API's addresses of exports."""

from django.urls import path

from payouts.exports import api

_EXPORT = "finance/exports/<uuid:export_id>/"

urlpatterns = [
    path("finance/exports/", api.ExportsView.as_view(), name="api-exports"),
    path(_EXPORT, api.ExportView.as_view(), name="api-export"),
    path(f"{_EXPORT}file/", api.ExportFileView.as_view(), name="api-export-file"),
]
