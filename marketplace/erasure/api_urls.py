"""Routes of being forgotten, under ``/api/v1/``."""

from django.urls import path

from marketplace.erasure import api

_REQUEST = "erasure-requests/<uuid:request_id>/"

urlpatterns = [
    path("me/erasure/", api.OwnErasureView.as_view(), name="own-erasure"),
    path("erasure-requests/", api.ErasureRequestsView.as_view(), name="erasure-requests"),
    path(_REQUEST, api.ErasureRequestView.as_view(), name="erasure-request"),
    path(f"{_REQUEST}execution/", api.ErasureExecutionView.as_view(), name="erasure-execution"),
    path(f"{_REQUEST}refusal/", api.ErasureRefusalView.as_view(), name="erasure-refusal"),
    path("erasures/", api.ErasuresView.as_view(), name="erasures"),
]
