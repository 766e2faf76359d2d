"""Addresses of time."""

from django.urls import path

from marketplace.timesheets import timer, web

app_name = "timesheets"
urlpatterns = [
    path("time/", web.show_week, name="week"),
    path("time/<uuid:entry_id>/withdraw/", web.withdraw_entry, name="withdraw"),
    path("time/timer/start/", timer.start, name="timer_start"),
    path("time/timer/stop/", timer.stop, name="timer_stop"),
    path("time/timer/beat/", timer.beat, name="timer_beat"),
    path("time/approval/", web.approve, name="approve"),
    path("time/approval/<uuid:entry_id>/cut/", web.cut, name="cut"),
]
