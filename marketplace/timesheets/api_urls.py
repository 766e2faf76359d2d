"""Routes of time, under ``/api/v1/``."""

from django.urls import path

from marketplace.timesheets import api

urlpatterns = [
    path("time/events/", api.ReportsView.as_view(), name="time-events"),
    path("time/timer/start/", api.TimerStartView.as_view(), name="timer-start"),
    path("time/timer/beat/", api.TimerBeatView.as_view(), name="timer-beat"),
    path("time/timer/stop/", api.TimerStopView.as_view(), name="timer-stop"),
    path("time/entries/", api.EntriesView.as_view(), name="time-entries"),
    path("time/entries/approve/", api.ApprovalsView.as_view(), name="time-entries-approve"),
    path("time/entries/<uuid:entry_id>/", api.EntryView.as_view(), name="time-entry"),
    path("time/entries/<uuid:entry_id>/withdraw/", api.EntryWithdrawView.as_view(), name="time-entry-withdraw"),
    path("time/entries/<uuid:entry_id>/cut/", api.EntryCutView.as_view(), name="time-entry-cut"),
    path("time/weeks/", api.WeekView.as_view(), name="time-weeks"),
]
