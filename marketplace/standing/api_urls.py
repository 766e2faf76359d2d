"""Routes of appeals, under ``/api/v1/``."""

from django.urls import path

from marketplace.standing import api

urlpatterns = [
    path("appeals/", api.AppealsView.as_view(), name="appeals"),
    path("appeals/<uuid:appeal_id>/", api.AppealView.as_view(), name="appeal"),
    path("appeals/<uuid:appeal_id>/decision/", api.AppealDecisionView.as_view(), name="appeal-decision"),
    path("reviews/<uuid:review_id>/appeals/", api.ReviewAppealView.as_view(), name="review-appeals"),
    path("time/decisions/<uuid:decision_id>/appeals/", api.TimeAppealView.as_view(), name="time-decision-appeals"),
]
