"""Addresses of the search for work, of matches, offers and engagements."""

from django.urls import path

from marketplace.staffing.web import answers, matching, offers, openings

app_name = "staffing"
urlpatterns = [
    path("openings/", openings.search_openings, name="openings"),
    path("openings/mine/", openings.show_own, name="mine"),
    path("openings/<uuid:opening_id>/", openings.show_opening, name="opening"),
    path("offers/<uuid:offer_id>/accept/", answers.accept_offer, name="accept_offer"),
    path("offers/<uuid:offer_id>/decline/", answers.decline_offer, name="decline_offer"),
    path("engagements/<uuid:engagement_id>/end/", answers.end_engagement, name="end_engagement"),
    path("invitations/<uuid:invitation_id>/accept/", answers.accept_invitation, name="accept_invitation"),
    path("invitations/<uuid:invitation_id>/decline/", answers.decline_invitation, name="decline_invitation"),
    path("board/openings/<uuid:opening_id>/", matching.show_opening, name="staff_opening"),
    path("board/openings/<uuid:opening_id>/compare/", matching.compare, name="compare"),
    path("board/openings/<uuid:opening_id>/people/", matching.find_candidate, name="find_candidate"),
    path("board/openings/<uuid:opening_id>/people/<uuid:expert_id>/", matching.show_candidate, name="candidate"),
    path("board/openings/<uuid:opening_id>/invite/", offers.invite, name="invite"),
    path("board/offers/<uuid:offer_id>/rescind/", offers.rescind_offer, name="rescind_offer"),
    path("board/engagements/<uuid:engagement_id>/pause/", offers.pause_engagement, name="pause_engagement"),
    path("board/engagements/<uuid:engagement_id>/resume/", offers.resume_engagement, name="resume_engagement"),
]
