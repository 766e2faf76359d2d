"""The API's addresses of exchange rates."""

from django.urls import path

from payouts.fx import api

_PROPOSAL = "finance/rate-proposals/<uuid:rate_proposal_id>/"

urlpatterns = [
    path("pay-currency/", api.PayCurrencyView.as_view(), name="api-pay-currency"),
    path("finance/rates/", api.RatesView.as_view(), name="api-rates"),
    path("finance/rates/import/", api.RateImportView.as_view(), name="api-rate-import"),
    path("finance/rate-proposals/", api.RateProposalsView.as_view(), name="api-rate-proposals"),
    path(_PROPOSAL, api.RateProposalView.as_view(), name="api-rate-proposal"),
    path(f"{_PROPOSAL}approve/", api.RateApprovalView.as_view(), name="api-rate-approve"),
    path(f"{_PROPOSAL}reject/", api.RateRejectionView.as_view(), name="api-rate-reject"),
    path(f"{_PROPOSAL}withdraw/", api.RateWithdrawalView.as_view(), name="api-rate-withdraw"),
]
