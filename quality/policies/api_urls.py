"""Routes of proposals and bars, under ``/api/v1/``."""

from django.urls import path

from quality.policies import api

urlpatterns = [
    path("quality/proposals/", api.ProposalsView.as_view(), name="quality-proposals"),
    path("quality/proposals/<uuid:proposal_id>/", api.OneProposalView.as_view(), name="quality-proposal"),
    path(
        "quality/proposals/<uuid:proposal_id>/turn-down/",
        api.ProposalTurnDownView.as_view(),
        name="quality-proposal-turn-down",
    ),
    path("quality/bars/", api.BarsView.as_view(), name="quality-bars"),
]
