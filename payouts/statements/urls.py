"""Addresses of the pages of statements."""

from django.urls import path

from payouts.statements import web

app_name = "statements"
urlpatterns = [
    path("statements/", web.list_statements, name="list"),
    path("statements/<uuid:statement_id>/", web.show_statement, name="show"),
]
