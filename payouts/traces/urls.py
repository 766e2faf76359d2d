"""Addresses of the pages of traces."""

from django.urls import path

from payouts.traces import web

app_name = "traces"
urlpatterns = [
    path("trace/", web.find_reference, name="find"),
    path("trace/<str:reference>/", web.show_trace, name="show"),
]
