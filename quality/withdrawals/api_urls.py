"""Routes of planted items and withdrawals, under ``/api/v1/``."""

from django.urls import path

from quality.withdrawals.api import PlantedItemsView, ReviewersView, WithdrawalsView, WithdrawalView

urlpatterns = [
    path("quality/planted-items/", PlantedItemsView.as_view(), name="quality-planted-items"),
    path("quality/reviewers/", ReviewersView.as_view(), name="quality-reviewers"),
    path("quality/withdrawals/", WithdrawalsView.as_view(), name="quality-withdrawals"),
    path("quality/withdrawals/<uuid:withdrawal_id>/", WithdrawalView.as_view(), name="quality-withdrawal"),
]
