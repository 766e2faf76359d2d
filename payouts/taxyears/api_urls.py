"""The API's addresses of year-end tax files."""

from django.urls import path

from payouts.taxyears import api

_RUN = "finance/tax-year-runs/<uuid:run_id>/"

urlpatterns = [
    path("finance/tax-year-runs/", api.RunsView.as_view(), name="api-tax-year-runs"),
    path(_RUN, api.RunView.as_view(), name="api-tax-year-run"),
    path(f"{_RUN}files/<str:file_name>/", api.RunFileView.as_view(), name="api-tax-year-run-file"),
    path(f"{_RUN}approval/", api.RunApprovalView.as_view(), name="api-tax-year-run-approval"),
    path(f"{_RUN}rejection/", api.RunRejectionView.as_view(), name="api-tax-year-run-rejection"),
]
