"""The API's addresses of clients' money."""

from django.urls import path

from payouts.clients.api import accounts, proposals

_ACCOUNT = "client-accounts/<uuid:account_id>/"
#: Under which address each kind of proposal stands.
_PROPOSALS = {"movement": "client-movements", "terms": "client-terms"}
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
    path(f"{_ACCOUNT}terms/", accounts.ClientTermsView.as_view(), name="api-client-terms"),
    *(
        path(
            f"{base}/<uuid:proposal_id>/", proposals.ProposalView.as_view(kind=kind), name=f"api-client-{kind}-proposal"
        )
        for kind, base in _PROPOSALS.items()
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
