"""Addresses of the pages of exchange rates, and of the page on which an expert chooses their currency."""

from django.urls import path

from payouts.fx import web

app_name = "fx"
urlpatterns = [
    path("payout-method/currency/", web.choose_currency, name="currency"),
    path("finance/rates/", web.list_rates, name="rates"),
    path("finance/rates/import/", web.import_rates, name="import"),
    path("finance/rates/proposals/<uuid:rate_proposal_id>/", web.show_proposal, name="proposal"),
    *(
        path(
            f"finance/rates/proposals/<uuid:rate_proposal_id>/{verb}/",
            web.act_on_proposal,
            {"verb": verb},
            name=f"proposal-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
]
