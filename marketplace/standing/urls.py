"""Addresses of appeals and cases."""

from django.urls import path

from marketplace.standing.web import appeals, case_units, cases

app_name = "standing"
urlpatterns = [
    path("appeals/", appeals.list_own, name="mine"),
    path("appeals/inbox/", appeals.list_inbox, name="inbox"),
    path("appeals/<uuid:appeal_id>/", appeals.show_appeal, name="appeal"),
    path("appeals/reviews/<uuid:review_id>/", appeals.appeal_review, name="appeal_review"),
    path("appeals/time/<uuid:decision_id>/", appeals.appeal_time, name="appeal_time"),
    path("standing/", cases.show_standing, name="standing"),
    path("cases/", cases.list_to_look_at, name="cases"),
    path("cases/impact/", cases.show_impact, name="impact"),
    path("cases/<uuid:case_id>/", cases.show_case, name="case"),
    path("cases/<uuid:case_id>/draft/", case_units.save_draft, name="case_draft"),
    path("cases/<uuid:case_id>/units.csv", case_units.download_units, name="case_units_csv"),
    path("cases/<uuid:case_id>/units/<uuid:review_id>/", case_units.dispute, name="dispute"),
    path("cases/proposals/<uuid:proposal_id>/", cases.show_proposal, name="proposal"),
]
