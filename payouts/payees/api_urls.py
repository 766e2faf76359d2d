"""Routes of payees, under ``/api/v1/``."""

from django.urls import path

from payouts.payees import api

urlpatterns = [
    path("payees/", api.PayeesView.as_view(), name="payees"),
    path("payees/me/", api.MyPayeeView.as_view(), name="payee-me"),
    path("payees/<uuid:payee_id>/", api.PayeeView.as_view(), name="payee"),
    path("payees/<uuid:payee_id>/screenings/", api.ScreeningsView.as_view(), name="payee-screenings"),
    path("payees/me/onboarding-links/", api.OnboardingLinksView.as_view(), name="payee-onboarding-links"),
    path("payees/me/refresh/", api.RefreshView.as_view(), name="payee-refresh"),
]
