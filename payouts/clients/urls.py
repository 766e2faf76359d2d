"""Addresses of the pages of clients' money."""

from django.urls import path

from payouts.clients import web

app_name = "clients"
urlpatterns = [
    path("finance/clients/", web.list_accounts, name="list"),
    path("billing/", web.show_billing, name="billing"),
    path("billing/<uuid:account_id>/", web.show_account, name="account"),
    path("billing/<uuid:account_id>/usage/", web.show_usage, name="usage"),
    path("billing/invoices/", web.list_invoices, name="invoices"),
    path("billing/invoices/<uuid:invoice_id>/", web.show_invoice, name="invoice"),
    path("billing/invoices/<uuid:invoice_id>/credit/", web.credit, name="credit"),
    path("billing/<uuid:account_id>/invoices/", web.propose, {"kind": "invoice"}, name="draft-invoice"),
    path("billing/<uuid:account_id>/movements/", web.propose, {"kind": "movement"}, name="propose-movement"),
    path("billing/<uuid:account_id>/terms/", web.propose, {"kind": "terms"}, name="propose-terms"),
    path("finance/clients/<slug:kind>/<uuid:proposal_id>/", web.show_proposal, name="proposal"),
    *(
        path(f"finance/clients/<slug:kind>/<uuid:proposal_id>/{verb}/", web.decide, {"verb": verb}, name=verb)
        for verb in ("approve", "reject", "withdraw")
    ),
]
