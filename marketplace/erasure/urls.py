"""Addresses of the pages of being forgotten."""

from django.urls import path

from marketplace.erasure import web

app_name = "erasure"
urlpatterns = [
    path("account/erasure/", web.ask, name="own"),
    path("account/erasure/withdraw/", web.withdraw, name="withdraw"),
    path("erasures/", web.list_all, name="requests"),
    path("erasures/<uuid:request_id>/", web.show_request, name="request"),
    path("erasures/<uuid:request_id>/carry-out/", web.carry_out, name="carry_out"),
]
