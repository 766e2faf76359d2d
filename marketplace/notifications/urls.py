"""Addresses of notices."""

from django.urls import path

from marketplace.notifications import web

app_name = "notices"
urlpatterns = [
    path("notices/", web.show_notices, name="list"),
    path("notices/read/", web.read_all, name="read_all"),
    path("notices/<uuid:notice_id>/read/", web.read_notice, name="read"),
]
