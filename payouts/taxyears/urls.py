"""Addresses of the pages of year-end tax files, under ``/finance/tax-years/``."""

from django.urls import path

from payouts.taxyears import web

app_name = "taxyears"
_RUN = "<uuid:run_id>/"

urlpatterns = [
    path("", web.list_runs, name="list"),
    path(_RUN, web.show_run, name="run"),
    path(f"{_RUN}approve/", web.act_on_run, {"verb": "approve"}, name="run-approve"),
    path(f"{_RUN}reject/", web.act_on_run, {"verb": "reject"}, name="run-reject"),
]
