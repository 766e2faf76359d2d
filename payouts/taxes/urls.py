"""Addresses of the pages of withheld tax, under ``/finance/taxes/``."""

from django.urls import path

from payouts.taxes import web

app_name = "taxes"
_REMITTANCE = "remittances/<uuid:remittance_id>/"

urlpatterns = [
    path("", web.list_taxes, name="list"),
    path(_REMITTANCE, web.show_remittance, name="remittance"),
    path(f"{_REMITTANCE}approve/", web.act_on_remittance, {"verb": "approve"}, name="remittance-approve"),
    path(f"{_REMITTANCE}reject/", web.act_on_remittance, {"verb": "reject"}, name="remittance-reject"),
    path(f"{_REMITTANCE}withdraw/", web.act_on_remittance, {"verb": "withdraw"}, name="remittance-withdraw"),
]
