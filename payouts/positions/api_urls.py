"""The API's addresses of positions."""

from django.urls import path

from payouts.positions import api

_SETTLEMENT = "finance/positions/settlements/<uuid:settlement_id>/"

urlpatterns = [
    path("finance/positions/", api.PositionsView.as_view(), name="api-positions"),
    path("finance/positions/settlements/", api.SettlementsView.as_view(), name="api-settlements"),
    path(_SETTLEMENT, api.SettlementView.as_view(), name="api-settlement"),
    path(f"{_SETTLEMENT}approve/", api.SettlementApprovalView.as_view(), name="api-settlement-approve"),
    path(f"{_SETTLEMENT}reject/", api.SettlementRejectionView.as_view(), name="api-settlement-reject"),
    path(f"{_SETTLEMENT}withdraw/", api.SettlementWithdrawalView.as_view(), name="api-settlement-withdraw"),
]
