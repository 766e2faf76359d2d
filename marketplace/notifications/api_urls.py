"""Routes of notices and webhooks, under ``/api/v1/``."""

from django.urls import path

from marketplace.notifications import api

urlpatterns = [
    path("notices/", api.NoticesView.as_view(), name="notices"),
    path("notices/<uuid:notice_id>/read/", api.NoticeReadView.as_view(), name="notice-read"),
    path(
        "organizations/<uuid:organization_id>/webhook-endpoints/",
        api.EndpointsView.as_view(),
        name="organization-webhook-endpoints",
    ),
    path("webhook-endpoints/<uuid:endpoint_id>/disable/", api.EndpointDisableView.as_view(), name="endpoint-disable"),
    path("webhook-endpoints/<uuid:endpoint_id>/secret/", api.EndpointSecretView.as_view(), name="endpoint-secret"),
    path("webhook-endpoints/<uuid:endpoint_id>/test/", api.EndpointTestView.as_view(), name="endpoint-test"),
    path("webhook-endpoints/<uuid:endpoint_id>/deliveries/", api.DeliveriesView.as_view(), name="endpoint-deliveries"),
    path("webhook-deliveries/<uuid:delivery_id>/again/", api.RedeliveryView.as_view(), name="delivery-again"),
]
