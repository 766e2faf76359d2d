"""Routes of hiring, under ``/api/v1/``."""

from django.urls import path

from marketplace.hiring import api

urlpatterns = [
    path("applications/", api.ApplicationsView.as_view(), name="applications"),
    path("applications/<uuid:application_id>/", api.ApplicationView.as_view(), name="application"),
    path("applications/<uuid:application_id>/withdraw/", api.WithdrawalView.as_view(), name="application-withdraw"),
    path("applications/<uuid:application_id>/shortlist/", api.ShortlistView.as_view(), name="application-shortlist"),
    path("applications/<uuid:application_id>/reject/", api.RejectionView.as_view(), name="application-reject"),
]
