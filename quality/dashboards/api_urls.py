"""Routes of the quality API, under ``/api/v1/``."""

from django.urls import path

from quality.dashboards.api import DriftAlarmsView, EstimatesView, WorkerHistoryView, WorkerQualityView

urlpatterns = [
    path(
        "quality/workers/<uuid:worker_id>/",
        WorkerQualityView.as_view(),
        name="quality-worker",
    ),
    path(
        "quality/workers/<uuid:worker_id>/history/",
        WorkerHistoryView.as_view(),
        name="quality-worker-history",
    ),
    path("quality/estimates/", EstimatesView.as_view(), name="quality-estimates"),
    path("quality/drift-alarms/", DriftAlarmsView.as_view(), name="quality-drift-alarms"),
]
