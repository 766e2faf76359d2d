"""Routes of appeals and cases, under ``/api/v1/``."""

from django.urls import path

from marketplace.standing.api import appeals, case_files, cases

urlpatterns = [
    path("appeals/", appeals.AppealsView.as_view(), name="appeals"),
    path("appeals/<uuid:appeal_id>/", appeals.AppealView.as_view(), name="appeal"),
    path("appeals/<uuid:appeal_id>/decision/", appeals.AppealDecisionView.as_view(), name="appeal-decision"),
    path("reviews/<uuid:review_id>/appeals/", appeals.ReviewAppealView.as_view(), name="review-appeals"),
    path("time/decisions/<uuid:decision_id>/appeals/", appeals.TimeAppealView.as_view(), name="time-decision-appeals"),
    path("cases/", cases.CasesView.as_view(), name="cases"),
    path("cases/numbers/", cases.CaseNumbersView.as_view(), name="case-numbers"),
    path("cases/impact/", cases.CaseImpactView.as_view(), name="case-impact"),
    path("cases/<uuid:case_id>/", cases.CaseView.as_view(), name="case"),
    path("cases/<uuid:case_id>/file/", case_files.CaseFileView.as_view(), name="case-file"),
    path("cases/<uuid:case_id>/draft/", case_files.CaseDraftView.as_view(), name="case-draft"),
    path("cases/<uuid:case_id>/disputes/", case_files.CaseDisputesView.as_view(), name="case-disputes"),
    path("cases/<uuid:case_id>/answer/", cases.CaseAnswerView.as_view(), name="case-answer"),
    path("cases/<uuid:case_id>/extension/", cases.CaseExtensionView.as_view(), name="case-extension"),
    path("cases/<uuid:case_id>/urgent-pause/", cases.UrgentPauseView.as_view(), name="case-urgent-pause"),
    path("cases/<uuid:case_id>/decision/", cases.CaseDecisionView.as_view(), name="case-decision"),
    path("cases/<uuid:case_id>/appeal/", cases.CaseAppealView.as_view(), name="case-appeal"),
    path("cases/<uuid:case_id>/appeal/decision/", cases.CaseAppealDecisionView.as_view(), name="case-appeal-decision"),
]
