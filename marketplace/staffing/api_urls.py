"""Routes of staffing, under ``/api/v1/``."""

from django.urls import path

from marketplace.staffing import api

urlpatterns = [
    path("openings/search/", api.OpeningSearchView.as_view(), name="openings-search"),
    path("openings/<uuid:opening_id>/matches/", api.MatchesView.as_view(), name="opening-matches"),
    path("openings/<uuid:opening_id>/funnel/", api.FunnelView.as_view(), name="opening-funnel"),
    path("openings/<uuid:opening_id>/why-not/<uuid:expert_id>/", api.WhyNotView.as_view(), name="opening-why-not"),
    path("openings/<uuid:opening_id>/invitations/", api.InvitationsView.as_view(), name="opening-invitations"),
    path("openings/<uuid:opening_id>/offers/", api.OffersView.as_view(), name="opening-offers"),
    path("invitations/", api.InvitationListView.as_view(), name="invitations"),
    path("invitations/<uuid:invitation_id>/answer/", api.InvitationAnswerView.as_view(), name="invitation-answer"),
    path("offers/", api.OfferListView.as_view(), name="offers"),
    path("offers/<uuid:offer_id>/", api.OfferView.as_view(), name="offer"),
    path("offers/<uuid:offer_id>/accept/", api.OfferAcceptView.as_view(), name="offer-accept"),
    path("offers/<uuid:offer_id>/decline/", api.OfferDeclineView.as_view(), name="offer-decline"),
    path("offers/<uuid:offer_id>/rescind/", api.OfferRescindView.as_view(), name="offer-rescind"),
    path("engagements/", api.EngagementsView.as_view(), name="engagements"),
    path("engagements/<uuid:engagement_id>/", api.EngagementView.as_view(), name="engagement"),
    path("engagements/<uuid:engagement_id>/state/", api.EngagementStateView.as_view(), name="engagement-state"),
]
