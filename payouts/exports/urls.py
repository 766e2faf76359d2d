"""Addresses of the pages of exports, under ``/finance/exports/``."""

from django.urls import path

from payouts.exports import web

app_name = "exports"
urlpatterns = [
    path("", web.list_exports, name="list"),
]
