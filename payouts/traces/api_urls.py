"""The API's address of traces."""

from django.urls import path

from payouts.traces import api

urlpatterns = [
    path("trace/<str:reference>/", api.TraceView.as_view(), name="api-trace"),
]
