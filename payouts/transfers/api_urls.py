"""Routes of payouts, under ``/api/v1/``."""

from django.urls import path

from payouts.transfers import api

urlpatterns = [
    path("payouts/", api.PayoutsView.as_view(), name="payouts"),
    path("payouts/<uuid:payout_id>/", api.PayoutView.as_view(), name="payout"),
    path("payouts/<uuid:payout_id>/cancel/", api.PayoutCancellationView.as_view(), name="payout-cancel"),
    path("payouts/<uuid:payout_id>/resume/", api.PayoutResumptionView.as_view(), name="payout-resume"),
    path("payouts/<uuid:payout_id>/unfreeze/", api.PayoutReviewView.as_view(), name="payout-unfreeze"),
]
