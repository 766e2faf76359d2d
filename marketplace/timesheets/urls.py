"""Addresses of time."""

from django.urls import path

from marketplace.timesheets import web

app_name = "timesheets"
urlpatterns = [
    path("time/", web.show_week, name="week"),
    path("time/<uuid:entry_id>/withdraw/", web.withdraw_entry, name="withdraw"),
    path("board/time/", web.approve, name="approve"),
    path("board/time/<uuid:entry_id>/cut/", web.cut, name="cut"),
]
