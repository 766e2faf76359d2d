"""The API's addresses of clients' money."""

from django.urls import path

from payouts.clients.api import accounts, invoices, proposals

_ACCOUNT = "client-accounts/<uuid:account_id>/"
#: Under which address each kind of proposal stands.
_PROPOSALS = {
    "movement": "client-movements",
    "terms": "client-terms",
    "invoice": "client-invoices",
    "credit_note": "client-credit-notes",
}
_INVOICE = "client-invoices/<uuid:invoice_id>/"
_VERBS = {
    "approve": proposals.ProposalApprovalView,
    "reject": proposals.ProposalRejectionView,
    "withdraw": proposals.ProposalWithdrawalView,
}

urlpatterns = [
    path("client-accounts/", accounts.ClientAccountsView.as_view(), name="api-client-accounts"),
    path(_ACCOUNT, accounts.ClientAccountView.as_view(), name="api-client-account"),
    path(f"{_ACCOUNT}movements/", accounts.ClientMovementsView.as_view(), name="api-client-movements"),
    path(f"{_ACCOUNT}usage/", accounts.ClientUsageView.as_view(), name="api-client-usage"),
    path(f"{_ACCOUNT}invoices/", invoices.AccountInvoicesView.as_view(), name="api-client-account-invoices"),
    path(f"{_ACCOUNT}terms/", accounts.ClientTermsView.as_view(), name="api-client-terms"),
    path("client-invoices/", invoices.InvoicesView.as_view(), name="api-client-invoices"),
    path(_INVOICE, invoices.InvoiceView.as_view(), name="api-client-invoice"),
    path(f"{_INVOICE}pdf/", invoices.InvoicePdfView.as_view(), name="api-client-invoice-pdf"),
    path(f"{_INVOICE}csv/", invoices.InvoiceCsvView.as_view(), name="api-client-invoice-csv"),
    path(f"{_INVOICE}credit-notes/", invoices.CreditNotesView.as_view(), name="api-client-invoice-credit-notes"),
    path(
        "client-credit-notes/<uuid:credit_note_id>/pdf/",
        invoices.CreditNotePdfView.as_view(),
        name="api-client-credit-note-pdf",
    ),
    path("client-receivables/", invoices.AgeingView.as_view(), name="api-client-receivables"),
    *(
        path(
            f"{base}/<uuid:proposal_id>/", proposals.ProposalView.as_view(kind=kind), name=f"api-client-{kind}-proposal"
        )
        for kind, base in _PROPOSALS.items()
        if kind != "invoice"
    ),
    *(
        path(
            f"{base}/<uuid:proposal_id>/{verb}/",
            view.as_view(kind=kind),
            name=f"api-client-{kind}-{verb}",
        )
        for kind, base in _PROPOSALS.items()
        for verb, view in _VERBS.items()
    ),
]
