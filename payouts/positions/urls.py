"""Addresses of the pages of positions, under ``/finance/``."""

from django.urls import path

from payouts.positions import web

app_name = "positions"
urlpatterns = [
    path("positions/", web.list_positions, name="list"),
    path("positions/settlements/<uuid:settlement_id>/", web.show_settlement, name="settlement"),
    *(
        path(
            f"positions/settlements/<uuid:settlement_id>/{verb}/",
            web.act_on_settlement,
            {"verb": verb},
            name=f"settlement-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
]
