"""Addresses of appeals."""

from django.urls import path

from marketplace.standing import web

app_name = "standing"
urlpatterns = [
    path("appeals/", web.list_own, name="mine"),
    path("appeals/inbox/", web.list_inbox, name="inbox"),
    path("appeals/<uuid:appeal_id>/", web.show_appeal, name="appeal"),
    path("appeals/reviews/<uuid:review_id>/", web.appeal_review, name="appeal_review"),
    path("appeals/time/<uuid:decision_id>/", web.appeal_time, name="appeal_time"),
]
