"""Addresses of applications."""

from django.urls import path

from marketplace.hiring import web

app_name = "hiring"
urlpatterns = [
    path("openings/<uuid:opening_id>/apply/", web.apply, name="apply"),
    path("applications/<uuid:application_id>/withdraw/", web.withdraw, name="withdraw"),
    path("board/applications/<uuid:application_id>/shortlist/", web.shortlist, name="shortlist"),
    path("board/applications/<uuid:application_id>/reject/", web.reject, name="reject"),
]
