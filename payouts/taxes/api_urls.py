"""The API's addresses of withheld tax."""

from django.urls import path

from payouts.taxes import api

_REMITTANCE = "finance/tax-remittances/<uuid:remittance_id>/"

urlpatterns = [
    path("finance/tax-dues/", api.TaxDuesView.as_view(), name="api-tax-dues"),
    path("finance/tax-remittances/", api.RemittancesView.as_view(), name="api-tax-remittances"),
    path(_REMITTANCE, api.RemittanceView.as_view(), name="api-tax-remittance"),
    path(f"{_REMITTANCE}approval/", api.RemittanceApprovalView.as_view(), name="api-tax-remittance-approval"),
    path(f"{_REMITTANCE}rejection/", api.RemittanceRejectionView.as_view(), name="api-tax-remittance-rejection"),
    path(f"{_REMITTANCE}withdrawal/", api.RemittanceWithdrawalView.as_view(), name="api-tax-remittance-withdrawal"),
]
