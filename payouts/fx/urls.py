"""Addresses of the pages of exchange rates, under ``/finance/``."""

from django.urls import path

from payouts.fx import web

app_name = "fx"
urlpatterns = [
    path("rates/", web.list_rates, name="rates"),
    path("rates/import/", web.import_rates, name="import"),
    path("rates/proposals/<uuid:rate_proposal_id>/", web.show_proposal, name="proposal"),
    *(
        path(
            f"rates/proposals/<uuid:rate_proposal_id>/{verb}/",
            web.act_on_proposal,
            {"verb": verb},
            name=f"proposal-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
]
